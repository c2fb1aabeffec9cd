#include "adapters/localdir/localdir_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/ids.hpp"

namespace luot::localdir {

namespace fs = std::filesystem;

namespace {
constexpr int kTries = 10;
}

void make_folders(const fs::path& folder) {
  if (fs::exists(folder)) return;
  make_folders(folder.parent_path());
  std::error_code failure;
  fs::create_directory(folder, failure);  // another thread may have been first
  if (failure) {
    errno = failure.value();
    base::throw_errno("create folder " + folder.string());
  }
  base::sync_directory(folder.parent_path());
}

bool rename_into(const fs::path& from, const fs::path& to) {
  // Opened first: after the rename the folder may get another name.
  const int folder = ::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT) return false;
  if (folder < 0) base::throw_errno("open " + to.parent_path().string());
  const bool renamed = ::rename(from.c_str(), to.c_str()) == 0;
  const bool gone = !renamed && errno == ENOENT;
  const bool synced = renamed && ::fsync(folder) == 0;
  const int failure = errno;
  ::close(folder);
  if (gone) return false;
  errno = failure;
  if (!synced) base::throw_errno("rename to " + to.string());
  return true;
}

void rename_durably(const fs::path& from, const fs::path& to) {
  // The folders may be removed meanwhile, with a deleted video: then again, as often as the remover may try.
  for (int attempt = 0; attempt < kTries; ++attempt) {
    try {
      make_folders(to.parent_path());
      if (rename_into(from, to)) return;
    } catch (const std::system_error& e) {
      if (e.code() != std::errc::no_such_file_or_directory) throw;
    }
  }
  errno = ENOENT;
  base::throw_errno("rename to " + to.string());
}

std::string etag_of(const base::File& file) {
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) base::throw_errno("fstat");
  const auto micros = static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000 + info.st_mtim.tv_nsec / 1000;
  return "\"" + base::encode_id(micros) + "-" + std::to_string(info.st_size) + "\"";
}

}  // namespace luot::localdir
