// Parts gather in a folder of their own, ".parts/{key with ~ for /}~{id}". Completing an upload renames that folder
// first: from then on no PUT finds it, so what is assembled cannot change any more, however often it has to be tried.
#include <charconv>

#include "adapters/localdir/localdir_files.hpp"
#include "adapters/localdir/localdir_object_store.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace luot::localdir {
namespace {

namespace fs = std::filesystem;
using base::Task;

constexpr std::string_view kPartsFolder = ".parts";
constexpr std::string_view kSealed = "~sealed";
constexpr std::chrono::milliseconds kLookAgain{50};
constexpr std::chrono::seconds kPatience{20};  // with another call that puts the same parts together

std::uint64_t bytes_of(const std::vector<ports::Part>& parts) {
  std::uint64_t bytes = 0;
  for (const auto& part : parts)
    bytes += part.size;
  return bytes;
}

std::string folder_name(std::string key) {
  std::ranges::replace(key, '/', '~');  // which no key contains
  return key;
}

std::optional<std::int64_t> part_number(const fs::path& file) {
  const auto name = file.filename().string();
  std::int64_t number = 0;
  const auto* end = name.data() + name.size();
  const auto [stopped, failure] = std::from_chars(name.data(), end, number);
  return failure == std::errc() && stopped == end ? std::optional(number) : std::nullopt;
}

std::vector<ports::Part> parts_in(const fs::path& folder) {
  std::vector<ports::Part> parts;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent)) {
    const auto number = part_number(entry.path());
    const auto file = number ? base::File::open_if_there(entry.path()) : std::nullopt;
    if (file) parts.push_back({*number, file->size(), etag_of(*file)});
  }
  std::ranges::sort(parts, {}, &ports::Part::number);
  return parts;
}

bool holds(const fs::path& folder, const std::vector<ports::Part>& parts) {
  return std::ranges::all_of(parts, [&folder](const ports::Part& part) {
    std::error_code absent;
    return fs::file_size(folder / std::to_string(part.number), absent) == part.size;
  });
}

// The only one that assembles this key.
class Claim {
 public:
  Claim(std::set<std::string>& keys, std::mutex& mutex, std::string key)
      : keys_(keys), mutex_(mutex), key_(std::move(key)) {
    const std::lock_guard lock(mutex_);
    held_ = keys_.insert(key_).second;
  }
  ~Claim() {
    const std::lock_guard lock(mutex_);
    if (held_) keys_.erase(key_);
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  [[nodiscard]] bool held() const { return held_; }

 private:
  std::set<std::string>& keys_;
  std::mutex& mutex_;
  const std::string key_;
  bool held_ = false;
};

}  // namespace

fs::path LocalDirObjectStore::parts_folder() const {
  return root_ / kPartsFolder;
}

fs::path LocalDirObjectStore::folder_of(const ports::Multipart& upload) const {
  if (!is_valid_key(upload.key) || !is_valid_key(upload.id)) throw std::logic_error("not an upload: " + upload.key);
  return parts_folder() / folder_name(upload.key + "/" + upload.id);
}

fs::path LocalDirObjectStore::sealed_folder_of(const ports::Multipart& upload) const {
  return folder_of(upload) += kSealed;
}

Task<ports::Multipart> LocalDirObjectStore::begin_multipart(std::string key, std::string /*content_type*/) {
  const ports::Multipart upload{key, base::random_name()};
  co_await files_.run([this, &upload] { make_folders(fs::absolute(folder_of(upload))); });
  co_return upload;
}

ports::SignedRequest LocalDirObjectStore::sign_part(const ports::Multipart& upload, std::int64_t number,
                                                    const std::string& content_type, std::uint64_t size,
                                                    base::Time expires_at) const {
  return sign({upload.key, content_type, size, expires_at, PartGrant{upload.id, number}});
}

std::unique_ptr<IncomingObject> LocalDirObjectStore::begin_part(const UploadGrant& grant) {
  const auto folder = folder_of({grant.key, grant.part->upload_id});
  if (!fs::exists(folder)) return nullptr;
  return std::make_unique<IncomingObject>(room_.promise(grant.size), temporary_path(),
                                          folder / std::to_string(grant.part->number),
                                          IncomingObject::Folder::kMustBeThere);
}

Task<std::vector<ports::Part>> LocalDirObjectStore::list_parts(ports::Multipart upload) {
  co_return co_await files_.run([this, &upload] {
    auto parts = parts_in(folder_of(upload));
    // Sealed before or while we looked: then only this is the whole list.
    if (fs::exists(sealed_folder_of(upload))) parts = parts_in(sealed_folder_of(upload));
    return parts;
  });
}

// Blocks. False where neither the object nor all these parts are there.
bool LocalDirObjectStore::assemble(const ports::Multipart& upload, const std::vector<ports::Part>& parts) {
  const auto open = folder_of(upload);
  const auto sealed = sealed_folder_of(upload);
  const auto target = path_of(upload.key);
  if (!fs::exists(target)) {
    if (!holds(open, parts) && !holds(sealed, parts)) return false;
    auto room = room_.promise(bytes_of(parts));
    if (::rename(open.c_str(), sealed.c_str()) == 0) {
      base::sync_directory(parts_folder());
    } else if (errno != ENOENT) {  // sealed already, or there is nothing
      base::throw_errno("rename to " + sealed.string());
    }
    IncomingObject whole(std::move(room), temporary_path(), target);
    for (const auto& part : parts) {
      const auto file = base::File::open_if_there(sealed / std::to_string(part.number));
      if (!file || file->size() != part.size) return false;
      whole.append(*file);
    }
    if (!whole.commit()) return false;
  }
  remove_parts_below(upload.key);  // also of an upload that a crash cut off before anybody knew its id
  return true;
}

Task<bool> LocalDirObjectStore::complete_multipart(ports::Multipart upload, std::vector<ports::Part> parts) {
  base::Timer timer(co_await base::asio::this_coro::executor);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    const Claim claim(assembling_, assembling_mutex_, upload.key);
    if (claim.held()) co_return co_await assemblers_.run([this, &upload, &parts] { return assemble(upload, parts); });
    if (std::chrono::steady_clock::now() >= deadline) {
      throw base::Unavailable("unavailable", "The upload is still being put together; ask again shortly.",
                              std::chrono::seconds(5));
    }
    timer.expires_after(kLookAgain);
    co_await timer.async_wait(base::use_task);
  }
}

Task<void> LocalDirObjectStore::abort_multipart(ports::Multipart upload) {
  co_await files_.run([this, &upload] {
    remove_tree(folder_of(upload));
    remove_tree(sealed_folder_of(upload));
  });
}

// Blocks.
void LocalDirObjectStore::remove_parts_below(const std::string& prefix) const {
  const auto start = folder_name(prefix + "/");
  for (const auto& entry : fs::directory_iterator(parts_folder())) {
    if (entry.path().filename().string().starts_with(start)) remove_tree(entry.path());
  }
}

}  // namespace luot::localdir
