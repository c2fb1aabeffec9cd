#include "base/file.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::base {
namespace fs = std::filesystem;

void throw_errno(const std::string& what) {
  const int code = errno;
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      log::error("disk full", {{"at", what}});
      throw Unavailable("storage_full", "The disk is full.", std::chrono::seconds(30));
    case EIO:
    case EROFS:
    case EACCES:
    case EPERM:
    case EMFILE:
    case ENFILE:
      log::error("disk", {{"at", what}, {"error", std::generic_category().message(code)}});
      throw Unavailable("unavailable", "The disk cannot be used now.", std::chrono::seconds(5));
    default:
      throw std::system_error(code, std::generic_category(), what);
  }
}

File File::open_read(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) throw_errno("open " + path.string());
  return File(fd);
}

std::optional<File> File::open_if_there(const fs::path& path, int access) {
  // NONBLOCK, or a pipe of that name would make us wait.
  File file(::open(path.c_str(), access | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (file.fd_ < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return std::nullopt;
  if (file.fd_ < 0) throw_errno("open " + path.string());
  if (::fstat(file.fd_, &info) != 0) throw_errno("fstat " + path.string());
  if (!S_ISREG(info.st_mode)) return std::nullopt;
  return file;
}

File File::create_exclusive(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) throw_errno("create " + path.string());
  return File(fd);
}

std::optional<File> File::in_memory(std::string_view bytes) {
  File file(::memfd_create("luot", MFD_CLOEXEC));
  if (file.fd_ < 0) return std::nullopt;
  while (!bytes.empty()) {
    const auto count = ::write(file.fd_, bytes.data(), bytes.size());
    if (count <= 0) return std::nullopt;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return file;
}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t File::size() const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) throw_errno("fstat");
  return static_cast<std::uint64_t>(info.st_size);
}

std::optional<std::size_t> File::read_cached(std::uint64_t offset, std::span<char> out) const {
  iovec target{out.data(), out.size()};
  const auto count = ::preadv2(fd_, &target, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (count < 0) return std::nullopt;  // EAGAIN, or a file system without the flag
  return static_cast<std::size_t>(count);
}

std::size_t File::read_at(std::uint64_t offset, std::span<char> out) const {
  while (true) {
    const auto count = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_errno("pread");
  }
}

void File::write_all(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void File::write_at(std::uint64_t offset, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("pwrite");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

namespace {

// Not every pair of file systems copies by itself.
bool cannot_copy_itself(int code) {
  return code == ENOSYS || code == EOPNOTSUPP || code == EXDEV || code == EINVAL;
}

void append_from(const File& source, std::uint64_t offset, File& target) {
  std::string bytes(256UL * 1024, '\0');
  while (const auto count = source.read_at(offset, bytes)) {
    target.write_all(std::span(bytes).first(count));
    offset += count;
  }
}

}  // namespace

void File::append(const File& source) {
  off_t offset = 0;
  while (true) {
    const auto copied = ::copy_file_range(source.fd_, &offset, fd_, nullptr, 1 << 30, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && cannot_copy_itself(errno)) return append_from(source, static_cast<std::uint64_t>(offset), *this);
    if (copied < 0) throw_errno("copy_file_range");
    if (copied == 0) return;
  }
}

void File::sync() {
  if (::fdatasync(fd_) != 0) throw_errno("fdatasync");
}

void sync_directory(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw_errno("open " + folder.string());
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) throw_errno("fsync " + folder.string());
}

void replace_file_durably(const fs::path& path, std::string_view bytes) {
  const fs::path temporary = path.string() + "." + random_name() + ".tmp";
  {
    File file = File::create_exclusive(temporary);
    file.write_all(bytes);
    file.sync();
  }
  fs::rename(temporary, path);
  sync_directory(path.parent_path());
}

void rewrite_durably(const fs::path& path) {
  constexpr std::size_t kChunk = 1024 * 1024;
  auto file = File::open_if_there(path, O_RDWR);
  if (!file) return;
  std::string bytes(kChunk, '\0');
  std::uint64_t offset = 0;
  while (const auto count = file->read_at(offset, bytes)) {
    file->write_at(offset, std::span(bytes).first(count));
    offset += count;
  }
  file->sync();
}

std::string read_file(const fs::path& path) {
  const File file = File::open_read(path);
  std::string bytes(file.size(), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto count = ::read(file.fd(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("read " + path.string());
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace luot::base
