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

// An object of a local store, open for reading.
struct LocalObject {
  std::shared_ptr<const base::File> file;
  std::uint64_t size = 0;
  std::string etag;  // quoted, strong
};

// All throw Unavailable when the store is down or full.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // A PUT of exactly `size` bytes of `content_type` to `key`, until `expires_at`.
  [[nodiscard]] virtual SignedRequest sign_put(const std::string& key, const std::string& content_type,
                                               std::uint64_t size, base::Time expires_at) const = 0;

  virtual base::Task<std::optional<ObjectInfo>> head(std::string key) = 0;
  // False where there is no `from`. Later writes to `from` do not change the copy. Durable when it returns.
  virtual base::Task<bool> copy(std::string from, std::string to) = 0;
  // The object's bytes as a file at `path`, which must not exist, and must only be read.
  virtual base::Task<void> download(std::string key, std::filesystem::path path) = 0;
  // Durable when it returns.
  virtual base::Task<void> upload(std::filesystem::path path, std::string key, std::string content_type) = 0;
  // The keys below a prefix, in order.
  virtual base::Task<std::vector<std::string>> list(std::string prefix) = 0;
  // Absent keys are no error.
  virtual base::Task<void> remove(std::string key) = 0;
  virtual base::Task<void> remove_prefix(std::string prefix) = 0;

  // For the embedded edge: the object, or nothing where there is none.
  virtual base::Task<std::optional<LocalObject>> open(std::string key) = 0;
};

}  // namespace luot::ports
