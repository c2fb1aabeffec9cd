#include "adapters/localdir/localdir_object_store.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "adapters/localdir/localdir_files.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"

namespace luot::localdir {
namespace {

namespace fs = std::filesystem;
using base::Task;

constexpr std::string_view kTemporaryFolder = ".incoming";

// A file that is gone at the scope's end, unless it was renamed.
class Temporary {
 public:
  explicit Temporary(fs::path path) : path_(std::move(path)) {}
  ~Temporary() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string signed_text(const UploadGrant& grant) {
  const auto part = grant.part ? "PART\n" + grant.part->upload_id + "\n" + std::to_string(grant.part->number) : "PUT";
  return part + "\n" + grant.key + "\n" + grant.content_type + "\n" + std::to_string(grant.size) + "\n" +
         std::to_string(base::unix_seconds(grant.expires_at));
}

}  // namespace

bool is_valid_key(std::string_view key) {
  if (key.empty() || key.size() > 512) return false;
  while (true) {
    const auto slash = key.find('/');
    const auto segment = key.substr(0, slash);
    const bool plain = std::ranges::all_of(segment, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
             c == '-';
    });
    if (segment.empty() || segment.starts_with('.') || !plain) return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

IncomingObject::IncomingObject(Room::Promise room, fs::path temporary, fs::path target, Folder folder)
    : room_(std::move(room)),
      temporary_(std::move(temporary)),
      target_(std::move(target)),
      folder_(folder),
      file_(base::File::create_exclusive(temporary_)) {
}

IncomingObject::~IncomingObject() {
  discard();
}

void IncomingObject::discard() {
  std::error_code ignored;
  if (!over_) fs::remove(temporary_, ignored);
  over_ = true;
}

void IncomingObject::write(std::span<const char> bytes) {
  file_.write_all(bytes);
  room_.written(bytes.size());
}

void IncomingObject::append(const base::File& file) {
  file_.append(file);
  room_.written(file.size());
}

std::string IncomingObject::etag() const {
  return etag_of(file_);
}

bool IncomingObject::commit() {
  file_.sync();
  if (folder_ == Folder::kMustBeThere) {
    over_ = rename_into(temporary_, target_);
  } else {
    rename_durably(temporary_, target_);
    over_ = true;
  }
  return over_;
}

LocalDirObjectStore::LocalDirObjectStore(fs::path root, std::string public_url, base::SigningKeys upload_keys,
                                         base::BlockingPool& files, std::uint64_t min_free)
    : root_(std::move(root)),
      public_url_(std::move(public_url)),
      upload_keys_(std::move(upload_keys)),
      files_(files),
      room_(root_, min_free) {
  make_folders(fs::absolute(root_) / kTemporaryFolder);
  make_folders(fs::absolute(parts_folder()));
}

fs::path LocalDirObjectStore::path_of(const std::string& key) const {
  if (!is_valid_key(key)) throw std::logic_error("not an object key: " + key);
  return root_ / key;
}

fs::path LocalDirObjectStore::temporary_path() const {
  return root_ / kTemporaryFolder / base::random_name();
}

void LocalDirObjectStore::remove_temporary_files() const {
  for (const auto& entry : fs::directory_iterator(root_ / kTemporaryFolder))
    fs::remove(entry.path());
}

bool LocalDirObjectStore::verify(const UploadGrant& grant, std::string_view signature) const {
  const auto bytes = base::base64url_decode(signature);
  return bytes && bytes->size() == 32 && upload_keys_.verify(signed_text(grant), *bytes);
}

ports::SignedRequest LocalDirObjectStore::sign_put(const std::string& key, const std::string& content_type,
                                                   std::uint64_t size, base::Time expires_at) const {
  return sign({key, content_type, size, expires_at, {}});
}

ports::SignedRequest LocalDirObjectStore::sign(const UploadGrant& grant) const {
  ports::SignedRequest request;
  request.method = "PUT";
  request.url = public_url_ + "/storage/" + grant.key +
                "?expires=" + std::to_string(base::unix_seconds(grant.expires_at)) +
                "&size=" + std::to_string(grant.size) + "&type=" + base::percent_encode(grant.content_type);
  if (grant.part) {
    request.url += "&upload=" + grant.part->upload_id + "&part=" + std::to_string(grant.part->number);
  }
  request.url += "&signature=" + base::base64url_encode(upload_keys_.sign(signed_text(grant)));
  request.headers = {{"Content-Type", grant.content_type}};
  request.expires_at = grant.expires_at;
  return request;
}

std::unique_ptr<IncomingObject> LocalDirObjectStore::begin(const UploadGrant& grant) {
  if (grant.part) return begin_part(grant);
  return std::make_unique<IncomingObject>(room_.promise(grant.size), temporary_path(), path_of(grant.key));
}

Task<void> LocalDirObjectStore::require_room(std::uint64_t bytes) {
  co_await files_.run([this, bytes] { room_.require(bytes); });
}

Task<std::optional<ports::ObjectInfo>> LocalDirObjectStore::head(std::string key) {
  const auto object = co_await open(std::move(key));
  if (!object) co_return std::nullopt;
  co_return ports::ObjectInfo{object->size};
}

// An object's file never changes, it is only replaced by another: a second link is as good as a copy, at once.
bool LocalDirObjectStore::link_or_copy(const fs::path& from, const fs::path& to) const {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  if (errno == ENOENT && !fs::exists(from)) return false;
  if (errno != EXDEV && errno != EPERM && errno != EMLINK) base::throw_errno("link " + to.string());
  std::error_code failure;
  fs::copy_file(from, to, failure);
  if (failure) {
    errno = failure.value();
    base::throw_errno("copy to " + to.string());
  }
  const auto copied = base::File::open_read(to);
  if (::fsync(copied.fd()) != 0) base::throw_errno("fsync " + to.string());
  return true;
}

Task<bool> LocalDirObjectStore::copy(std::string from, std::string to) {
  co_return co_await files_.run([this, &from, &to] {
    // Also where it was renamed: rename(2) between two links of one file does nothing and leaves both.
    const Temporary temporary(temporary_path());
    if (!link_or_copy(path_of(from), temporary.path())) return false;
    rename_durably(temporary.path(), path_of(to));
    return true;
  });
}

Task<void> LocalDirObjectStore::download(std::string key, fs::path path) {
  co_await files_.run([this, &key, &path] {
    if (!link_or_copy(path_of(key), path)) throw std::runtime_error("there is no object " + key);
  });
}

Task<void> LocalDirObjectStore::upload(fs::path path, std::string key, std::string /*content_type*/) {
  co_await files_.run([this, &path, &key] {
    const Temporary temporary(temporary_path());
    if (!link_or_copy(path, temporary.path())) throw std::runtime_error("there is no file " + path.string());
    {
      const auto written = base::File::open_read(temporary.path());
      if (::fsync(written.fd()) != 0) base::throw_errno("fsync " + temporary.path().string());
    }
    rename_durably(temporary.path(), path_of(key));
  });
}

Task<std::vector<std::string>> LocalDirObjectStore::list(std::string prefix) {
  if (prefix.ends_with('/')) prefix.pop_back();
  co_return co_await files_.run([this, &prefix] {
    std::vector<std::string> keys;
    std::error_code absent;
    for (const auto& entry : fs::recursive_directory_iterator(path_of(prefix), absent)) {
      if (entry.is_regular_file()) keys.push_back(entry.path().lexically_relative(root_).string());
    }
    std::ranges::sort(keys);
    return keys;
  });
}

Task<void> LocalDirObjectStore::remove(std::string key) {
  co_await files_.run([this, &key] {
    if (::unlink(path_of(key).c_str()) != 0 && errno != ENOENT) base::throw_errno("remove " + key);
  });
}

void remove_tree(const fs::path& path) {
  std::error_code failure;
  // A writer may add a file between the look at a folder and its removal: once more, then.
  for (int attempt = 0; attempt < 3; ++attempt) {
    fs::remove_all(path, failure);
    if (!failure) return;
  }
  throw std::system_error(failure, "remove " + path.string());
}

Task<void> LocalDirObjectStore::remove_prefix(std::string prefix) {
  if (prefix.ends_with('/')) prefix.pop_back();
  co_await files_.run([this, &prefix] {
    remove_parts_below(prefix);  // first: no new object comes of them then
    remove_tree(path_of(prefix));
  });
}

Task<std::optional<std::string>> LocalDirObjectStore::read(std::string key) {
  const auto object = co_await open(std::move(key));
  if (!object) co_return std::nullopt;
  co_return co_await files_.run([&object] {
    std::string bytes(object->size, '\0');
    bytes.resize(object->file->read_at(0, bytes));  // which never changes
    return bytes;
  });
}

Task<std::optional<ports::LocalObject>> LocalDirObjectStore::open(std::string key) {
  if (!is_valid_key(key)) co_return std::nullopt;
  co_return co_await files_.run([this, &key]() -> std::optional<ports::LocalObject> {
    auto opened = base::File::open_if_there(path_of(key));
    if (!opened) return std::nullopt;
    const auto file = std::make_shared<const base::File>(*std::move(opened));
    return ports::LocalObject{file, file->size(), etag_of(*file)};
  });
}

}  // namespace luot::localdir
