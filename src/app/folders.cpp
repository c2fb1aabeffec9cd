#include "app/folders.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace luot::app {

namespace fs = std::filesystem;

void require_writable(const fs::path& path) {
  if (::access(path.c_str(), W_OK) == 0) return;
  throw std::runtime_error("cannot write to " + path.string() + ": " + std::generic_category().message(errno));
}

fs::path prepared(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);  // for its owner only: the program's umask says so
  if (failure) throw std::runtime_error("cannot make the folder " + folder.string() + ": " + failure.message());
  require_writable(folder);
  return folder;
}

base::File lock_folder(const fs::path& folder) {
  const auto file = folder / "lock";
  if (!fs::exists(file)) base::replace_file_durably(file, "");
  auto lock = base::File::open_read(file);
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    throw std::runtime_error("another luot uses the folder " + folder.string() +
                             " (LUOT_DATA_DIR and LUOT_STORAGE_URL choose others)");
  }
  return lock;
}

}  // namespace luot::app
