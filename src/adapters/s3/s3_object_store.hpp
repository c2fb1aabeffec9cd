// The object store of any S3: Amazon, R2, MinIO, Ceph. Clients send and fetch by URLs that are signed here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/s3/s3_client.hpp"
#include "base/blocking_pool.hpp"
#include "ports/object_store.hpp"

namespace luot::s3 {

struct S3Tuning {
  // Bytes.
  std::uint64_t parts_above = 64ULL << 20;         // an upload goes in parts
  std::uint64_t part = 16ULL << 20;                // of these; larger where 10,000 would not do
  std::uint64_t copy_in_parts_above = 5ULL << 30;  // S3's limit of one copy
  std::uint64_t copied_part = 1ULL << 30;
  std::chrono::milliseconds first_pause{100};  // before a request is sent again
};

class S3ObjectStore final : public ports::ObjectStore {
 public:
  S3ObjectStore(Location location, Credentials credentials, const ports::Clock& clock, S3Tuning tuning = {});

  [[nodiscard]] ports::SignedRequest sign_put(const std::string& key, const std::string& content_type,
                                              std::uint64_t size, base::Time expires_at) const override;
  base::Task<ports::Multipart> begin_multipart(std::string key, std::string content_type) override;
  [[nodiscard]] ports::SignedRequest sign_part(const ports::Multipart& upload, std::int64_t number,
                                               const std::string& content_type, std::uint64_t size,
                                               base::Time expires_at) const override;
  base::Task<std::vector<ports::Part>> list_parts(ports::Multipart upload) override;
  base::Task<bool> complete_multipart(ports::Multipart upload, std::vector<ports::Part> parts) override;
  base::Task<void> abort_multipart(ports::Multipart upload) override;
  base::Task<std::optional<ports::ObjectInfo>> head(std::string key) override;
  base::Task<bool> copy(std::string from, std::string to) override;
  base::Task<void> download(std::string key, std::filesystem::path path) override;
  base::Task<void> upload(std::filesystem::path path, std::string key, std::string content_type) override;
  base::Task<std::vector<std::string>> list(std::string prefix) override;
  base::Task<void> remove(std::string key) override;
  base::Task<void> remove_prefix(std::string prefix) override;
  base::Task<std::optional<std::string>> read(std::string key) override;
  [[nodiscard]] std::optional<std::string> sign_read(ports::ReadMethod method, const std::string& key,
                                                     base::Time signed_at, std::chrono::seconds life) const override;

  // What is under way fails soon, instead of holding up the end of the process.
  void stop() { client_.stop(); }

 private:
  struct Found {
    std::uint64_t size = 0;
    std::string etag;
    Pairs kept_headers;  // that a copy has, too
  };
  struct Span {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  // All block.
  [[nodiscard]] std::optional<Found> find(const std::string& key);
  Answer sent(const Call& call);  // refuses what is not good
  [[nodiscard]] std::vector<std::string> keys_below(const std::string& prefix);
  [[nodiscard]] std::vector<std::string> page_of_keys(const std::string& prefix, std::optional<std::string>& next);
  void remove_all(const std::vector<std::string>& keys);

  [[nodiscard]] std::string begin(const std::string& key, Pairs headers);
  [[nodiscard]] std::vector<ports::Part> parts_of(const ports::Multipart& upload);
  [[nodiscard]] std::vector<ports::Multipart> uploads_below(const std::string& prefix);
  [[nodiscard]] bool ask_to_complete(const Call& call, const ports::Multipart& upload);
  [[nodiscard]] bool assemble(const ports::Multipart& upload, const std::vector<ports::Part>& parts);
  void abort(const ports::Multipart& upload);

  [[nodiscard]] std::string copy_source(const std::string& key) const;
  [[nodiscard]] bool copy_whole(const std::string& from, const std::string& to);
  [[nodiscard]] bool copy_in_parts(const std::string& from, const std::string& to, const Found& found);
  [[nodiscard]] std::optional<ports::Part> copy_part(const std::string& from, const ports::Multipart& to,
                                                     std::int64_t number, const Found& found, Span span);
  void fetch(const std::string& key, base::File& file);
  void put_whole(const base::File& file, const std::string& key, Pairs headers);
  ports::Part put_part(const base::File& file, const ports::Multipart& upload, std::int64_t number, Span span);
  using MakePart =
      std::function<std::optional<ports::Part>(const ports::Multipart& upload, std::int64_t number, Span span)>;
  [[nodiscard]] bool make_in_parts(const std::string& key, Pairs headers, std::uint64_t size, std::uint64_t part_size,
                                   const MakePart& make);
  void forget(const ports::Multipart& upload);
  [[nodiscard]] ports::SignedRequest presigned_put(const std::string& key, Pairs query, const std::string& content_type,
                                                   std::uint64_t size, base::Time expires_at) const;

  S3Client client_;
  const S3Tuning tuning_;
  // Transfers take minutes: who waits for an answer does not wait behind them.
  base::BlockingPool requests_{"storage", 16, 1024};
  base::BlockingPool transfers_{"storage transfers", 16, 1024};
};

}  // namespace luot::s3
