// Where uploads and renditions are kept. Keys are relative paths of [A-Za-z0-9._-] segments, such as
// "videos/{id}/{rev}/720p.mp4".
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/async.hpp"
#include "base/file.hpp"
#include "base/time.hpp"

namespace luot::ports {

struct ObjectInfo {
  std::uint64_t size = 0;  // bytes
};

// What a client needs to send bytes straight to the store.
struct SignedRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  // to be sent exactly so
  base::Time expires_at;
};

// An object that is being made of parts. Its id is the store's, and no part of it can be seen before it is complete.
struct Multipart {
  std::string key;
  std::string id;
};

// A part that has arrived.
struct Part {
  std::int64_t number = 0;  // from 1
  std::uint64_t size = 0;   // bytes
  std::string etag;         // quoted
};

// An object of a local store, open for reading.
struct LocalObject {
  std::shared_ptr<const base::File> file;
  std::uint64_t size = 0;
  std::string etag;  // quoted, strong
};

enum class ReadMethod { kGet, kHead };

// All throw Unavailable when the store is down or full.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // A PUT of exactly `size` bytes of `content_type` to `key`, until `expires_at`.
  [[nodiscard]] virtual SignedRequest sign_put(const std::string& key, const std::string& content_type,
                                               std::uint64_t size, base::Time expires_at) const = 0;

  // Throws Unavailable("storage_full") where `bytes` more would leave too little free. Stores without bounds never do.
  virtual base::Task<void> require_room(std::uint64_t /*bytes*/) { co_return; }

  // The same steps as in S3: begin, let the client PUT each part, complete with the parts that are listed.
  virtual base::Task<Multipart> begin_multipart(std::string key, std::string content_type) = 0;
  // A PUT of exactly `size` bytes of `content_type` as this part, until `expires_at`; the last one that comes before
  // the object is complete counts, and one that comes later changes nothing.
  [[nodiscard]] virtual SignedRequest sign_part(const Multipart& upload, std::int64_t number,
                                                const std::string& content_type, std::uint64_t size,
                                                base::Time expires_at) const = 0;
  // In order of their numbers. Nothing where there is no such upload, or no more.
  virtual base::Task<std::vector<Part>> list_parts(Multipart upload) = 0;
  // Makes the object of `parts`, which are all that there are; durable when it returns. True also where another call
  // made it; false where neither the object nor all these parts are there. Forgets what else was begun for the key.
  virtual base::Task<bool> complete_multipart(Multipart upload, std::vector<Part> parts) = 0;
  // Forgets the parts. An upload that is absent is no error.
  virtual base::Task<void> abort_multipart(Multipart upload) = 0;

  virtual base::Task<std::optional<ObjectInfo>> head(std::string key) = 0;
  // False where there is no `from`. Later writes to `from` do not change the copy. Durable when it returns.
  virtual base::Task<bool> copy(std::string from, std::string to) = 0;
  // The object's bytes as a file at `path`, which must not exist, and must only be read.
  virtual base::Task<void> download(std::string key, std::filesystem::path path) = 0;
  // Durable when it returns.
  virtual base::Task<void> upload(std::filesystem::path path, std::string key, std::string content_type) = 0;
  // The keys below a prefix, in order.
  virtual base::Task<std::vector<std::string>> list(std::string prefix) = 0;
  // Absent keys are no error. With the objects below a prefix go the parts of those that were never completed.
  virtual base::Task<void> remove(std::string key) = 0;
  virtual base::Task<void> remove_prefix(std::string prefix) = 0;

  // The bytes of a small object, such as a playlist, or nothing where there is none.
  virtual base::Task<std::optional<std::string>> read(std::string key) = 0;

  // For the embedded edge: the object as a file of this machine, or nothing where there is none.
  virtual base::Task<std::optional<LocalObject>> open(std::string /*key*/) { co_return std::nullopt; }
  // Of stores that viewers reach by themselves: the URL of a GET or HEAD until `signed_at` + `life`, which is the same
  // each time. Nothing from the others; those open().
  [[nodiscard]] virtual std::optional<std::string> sign_read(ReadMethod /*method*/, const std::string& /*key*/,
                                                             base::Time /*signed_at*/,
                                                             std::chrono::seconds /*life*/) const {
    return std::nullopt;
  }
};

}  // namespace luot::ports
