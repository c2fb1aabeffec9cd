// File descriptors with one owner, and the durable steps that a promise after a crash rests on.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace luot::base {

// Failures throw: a full disk Unavailable("storage_full"), a disk or folder that refuses Unavailable("unavailable"),
// and anything else std::system_error with the path in its text.
class File {
 public:
  static File open_read(const std::filesystem::path& path);
  // Nothing where there is no regular file. `access` is O_RDONLY or O_RDWR.
  static std::optional<File> open_if_there(const std::filesystem::path& path, int access = O_RDONLY);
  static File create_exclusive(const std::filesystem::path& path);  // mode 0600
  // A file without a name that never reaches a disk (memfd_create). Nothing where the system has no room for one.
  static std::optional<File> in_memory(std::string_view bytes);

  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept;
  ~File();

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint64_t size() const;
  // Both fill `out` from `offset` as far as the file goes and return the count. The first never waits for a disk:
  // it returns nothing where the bytes are not in the page cache (preadv2 with RWF_NOWAIT).
  [[nodiscard]] std::optional<std::size_t> read_cached(std::uint64_t offset, std::span<char> out) const;
  [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<char> out) const;
  void write_all(std::span<const char> bytes);
  void write_at(std::uint64_t offset, std::span<const char> bytes);
  // Adds all bytes of `source`, without taking them through this program's memory where the file system can do that.
  void append(const File& source);
  void sync();  // fdatasync

 private:
  explicit File(int fd) : fd_(fd) {}
  int fd_;
};

// What was renamed into or removed from a folder survives a power cut only after this.
void sync_directory(const std::filesystem::path& folder);

// `path` holds `bytes` or its old content after a crash, never a part. Mode 0600.
void replace_file_durably(const std::filesystem::path& path, std::string_view bytes);

// Writes a file's bytes over themselves and syncs them: after a failed sync the system takes bytes for written that are
// not, and now they are. Nobody may write to it meanwhile. Does nothing where there is no such file.
void rewrite_durably(const std::filesystem::path& path);

std::string read_file(const std::filesystem::path& path);

[[noreturn]] void throw_errno(const std::string& what);

}  // namespace luot::base
