// The embedded object store: a folder, written by clients through signed URLs on this same server.
#pragma once

#include <filesystem>
#include <string>

#include "base/blocking_pool.hpp"
#include "base/crypto.hpp"
#include "ports/object_store.hpp"

namespace luot::localdir {

// A PUT that a signature allows.
struct UploadGrant {
  std::string key;
  std::string content_type;
  std::uint64_t size = 0;
  base::Time expires_at;
};

// An upload on its way: bytes gather in a temporary file, and commit() makes them the object.
// Used on a BlockingPool. Without commit() nothing is left behind.
class IncomingObject {
 public:
  IncomingObject(std::filesystem::path temporary, std::filesystem::path target);
  ~IncomingObject();
  IncomingObject(const IncomingObject&) = delete;
  IncomingObject& operator=(const IncomingObject&) = delete;

  void write(std::span<const char> bytes) { file_.write_all(bytes); }
  void commit();  // durable when it returns

 private:
  std::filesystem::path temporary_;
  std::filesystem::path target_;
  base::File file_;
  bool committed_ = false;
};

class LocalDirObjectStore final : public ports::ObjectStore {
 public:
  // `public_url` is where clients reach this server ("http://127.0.0.1:8080"), `upload_keys` sign what they may PUT.
  LocalDirObjectStore(std::filesystem::path root, std::string public_url, base::SigningKeys upload_keys,
                      base::BlockingPool& files);

  [[nodiscard]] ports::SignedRequest sign_put(const std::string& key, const std::string& content_type,
                                              std::uint64_t size, base::Time expires_at) const override;
  base::Task<std::optional<ports::ObjectInfo>> head(std::string key) override;
  base::Task<bool> copy(std::string from, std::string to) override;
  base::Task<void> download(std::string key, std::filesystem::path path) override;
  base::Task<void> upload(std::filesystem::path path, std::string key, std::string content_type) override;
  base::Task<std::vector<std::string>> list(std::string prefix) override;
  base::Task<void> remove(std::string key) override;
  base::Task<void> remove_prefix(std::string prefix) override;
  base::Task<std::optional<ports::LocalObject>> open(std::string key) override;

  // For the PUT route. `signature` as sign_put() put it into the URL.
  [[nodiscard]] bool verify(const UploadGrant& grant, std::string_view signature) const;
  [[nodiscard]] base::BlockingPool& files() const { return files_; }
  [[nodiscard]] std::unique_ptr<IncomingObject> begin(const std::string& key) const;  // blocks

  // Removes what uploads left that a crash cut off. Before the server starts.
  void remove_temporary_files() const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& key) const;
  [[nodiscard]] std::filesystem::path temporary_path() const;
  // False where there is no `from`.
  bool link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to) const;

  const std::filesystem::path root_;
  const std::string public_url_;
  const base::SigningKeys upload_keys_;
  base::BlockingPool& files_;
};

// Segments of [A-Za-z0-9._-], none of them "." or "..".
bool is_valid_key(std::string_view key);

}  // namespace luot::localdir
