// The embedded object store: a folder, written by clients through signed URLs on this same server.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>

#include "adapters/localdir/room.hpp"
#include "base/blocking_pool.hpp"
#include "base/crypto.hpp"
#include "ports/object_store.hpp"

namespace luot::localdir {

struct PartGrant {
  std::string upload_id;
  std::int64_t number = 0;
};

// A PUT that a signature allows.
struct UploadGrant {
  std::string key;
  std::string content_type;
  std::uint64_t size = 0;
  base::Time expires_at;
  std::optional<PartGrant> part;  // of the object; else it is the whole
};

// An upload on its way: bytes gather in a temporary file, and commit() makes them the object.
// Used on a BlockingPool. Without commit() nothing is left behind.
class IncomingObject {
 public:
  enum class Folder { kIsMade, kMustBeThere };
  IncomingObject(Room::Promise room, std::filesystem::path temporary, std::filesystem::path target,
                 Folder folder = Folder::kIsMade);
  ~IncomingObject();
  IncomingObject(const IncomingObject&) = delete;
  IncomingObject& operator=(const IncomingObject&) = delete;

  void write(std::span<const char> bytes);
  void append(const base::File& file);
  [[nodiscard]] std::string etag() const;
  bool commit();  // durable when it returns; false where the target's folder had to be there and is not
  void discard();

 private:
  Room::Promise room_;
  std::filesystem::path temporary_;
  std::filesystem::path target_;
  const Folder folder_;
  base::File file_;
  bool over_ = false;  // renamed or removed
};

class LocalDirObjectStore final : public ports::ObjectStore {
 public:
  // `public_url` is where clients reach this server ("http://127.0.0.1:8080"), `upload_keys` sign what they may PUT,
  // which must leave `min_free` bytes to the disk.
  LocalDirObjectStore(std::filesystem::path root, std::string public_url, base::SigningKeys upload_keys,
                      base::BlockingPool& files, std::uint64_t min_free = 0);

  [[nodiscard]] ports::SignedRequest sign_put(const std::string& key, const std::string& content_type,
                                              std::uint64_t size, base::Time expires_at) const override;
  base::Task<void> require_room(std::uint64_t bytes) override;
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
  base::Task<std::optional<ports::LocalObject>> open(std::string key) override;

  // For the PUT route. `signature` as it stands in the URL.
  [[nodiscard]] bool verify(const UploadGrant& grant, std::string_view signature) const;
  [[nodiscard]] base::BlockingPool& files() const { return files_; }
  // Null for a part of an upload that is no more. Throws Unavailable("storage_full"). Blocks.
  [[nodiscard]] std::unique_ptr<IncomingObject> begin(const UploadGrant& grant);

  // Removes what a crash cut off; parts that have arrived stay. Before the server starts.
  void remove_temporary_files() const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& key) const;
  [[nodiscard]] std::filesystem::path temporary_path() const;
  [[nodiscard]] std::filesystem::path parts_folder() const;
  [[nodiscard]] std::filesystem::path folder_of(const ports::Multipart& upload) const;
  [[nodiscard]] std::filesystem::path sealed_folder_of(const ports::Multipart& upload) const;
  [[nodiscard]] ports::SignedRequest sign(const UploadGrant& grant) const;
  [[nodiscard]] std::unique_ptr<IncomingObject> begin_part(const UploadGrant& grant);
  [[nodiscard]] bool assemble(const ports::Multipart& upload, const std::vector<ports::Part>& parts);
  void remove_parts_below(const std::string& prefix) const;
  // False where there is no `from`.
  bool link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to) const;

  const std::filesystem::path root_;
  const std::string public_url_;
  const base::SigningKeys upload_keys_;
  base::BlockingPool& files_;
  Room room_;
  base::BlockingPool assemblers_{"assembly", 2, 256};  // copies gigabytes: viewers' files do not wait behind it
  std::mutex assembling_mutex_;
  std::set<std::string> assembling_;  // keys, guarded by the mutex
};

// Retries where files are added meanwhile. Blocks.
void remove_tree(const std::filesystem::path& path);

// Segments of [A-Za-z0-9._-], none of them "." or "..".
bool is_valid_key(std::string_view key);

}  // namespace luot::localdir
