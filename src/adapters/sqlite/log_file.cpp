#include "adapters/sqlite/log_file.hpp"

#include <new>

namespace luot::sqlite {
namespace {

// SQLite's layer for Unix keeps 17 bits of a write's length. A page has 64 KiB at most.
constexpr std::size_t kLargestWrite = std::size_t{120} << 10;
static_assert(kLargestWrite <= 0x1ffff);

}  // namespace

int GatheredLog::flush() {
  if (failed_ != SQLITE_OK || gathered_.empty()) return failed_;
  failed_ = below_->pMethods->xWrite(below_, gathered_.data(), static_cast<int>(gathered_.size()), begin_);
  gathered_.clear();
  return failed_;
}

void GatheredLog::forget() {
  gathered_.clear();
  failed_ = SQLITE_OK;
}

int GatheredLog::write(const void* bytes, int count, sqlite3_int64 offset) {
  const auto size = static_cast<std::size_t>(count);
  const bool fits = offset == end() && gathered_.size() + size <= kLargestWrite;
  if (!fits) flush();
  if (failed_ != SQLITE_OK) return failed_;
  if (gathered_.empty()) {
    begin_ = offset;
    gathered_.reserve(kLargestWrite);
  }
  const auto* first = static_cast<const char*>(bytes);
  gathered_.insert(gathered_.end(), first, first + size);
  return SQLITE_OK;
}

int GatheredLog::read(void* bytes, int count, sqlite3_int64 offset) {
  if (offset + count > begin_ && flush() != SQLITE_OK) return failed_;
  return below_->pMethods->xRead(below_, bytes, count, offset);
}

int GatheredLog::truncate(sqlite3_int64 size) {
  if (flush() != SQLITE_OK) return failed_;
  return below_->pMethods->xTruncate(below_, size);
}

int GatheredLog::sync(int flags) {
  if (flush() != SQLITE_OK) return failed_;
  return below_->pMethods->xSync(below_, flags);
}

int GatheredLog::size(sqlite3_int64* size) {
  if (flush() != SQLITE_OK) return failed_;
  return below_->pMethods->xFileSize(below_, size);
}

// What SQLite has room for, with the file of the layer below behind it.
struct LogLayer::LogFile {
  sqlite3_file base{};
  LogLayer* owner = nullptr;
  GatheredLog log;

  static LogFile& of(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }
  static sqlite3_file* below(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&of(file) + 1); }
};

struct LogLayer::Methods {
  // What was gathered is of no commit: each ends with a sync.
  static int close(sqlite3_file* file) {
    auto* below = LogFile::below(file);
    LogFile::of(file).owner->log_ = nullptr;
    std::destroy_at(&LogFile::of(file));
    return below->pMethods->xClose(below);
  }
  static int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    return LogFile::of(file).log.read(bytes, count, offset);
  }
  static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    return LogFile::of(file).log.write(bytes, count, offset);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) { return LogFile::of(file).log.truncate(size); }
  static int sync(sqlite3_file* file, int flags) { return LogFile::of(file).log.sync(flags); }
  static int size(sqlite3_file* file, sqlite3_int64* size) { return LogFile::of(file).log.size(size); }

  template <auto Method, typename... Args>
  static int pass(sqlite3_file* file, Args... args) {
    auto* below = LogFile::below(file);
    return (below->pMethods->*Method)(below, args...);
  }

  using Io = sqlite3_io_methods;
  static constexpr Io kIo = {
      .iVersion = 1,  // a log has no memory shared with others
      .xClose = close,
      .xRead = read,
      .xWrite = write,
      .xTruncate = truncate,
      .xSync = sync,
      .xFileSize = size,
      .xLock = pass<&Io::xLock, int>,
      .xUnlock = pass<&Io::xUnlock, int>,
      .xCheckReservedLock = pass<&Io::xCheckReservedLock, int*>,
      .xFileControl = pass<&Io::xFileControl, int, void*>,
      .xSectorSize = pass<&Io::xSectorSize>,
      .xDeviceCharacteristics = pass<&Io::xDeviceCharacteristics>,
      .xShmMap = nullptr,
      .xShmLock = nullptr,
      .xShmBarrier = nullptr,
      .xShmUnmap = nullptr,
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
};

LogLayer::LogLayer()
    : below_(sqlite3_vfs_find(nullptr)),
      name_("luot-log-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))),
      layer_{*below_, this} {
  layer_.pNext = nullptr;
  layer_.zName = name_.c_str();
  layer_.szOsFile = static_cast<int>(sizeof(LogFile)) + below_->szOsFile;
  layer_.xOpen = open;
  sqlite3_vfs_register(&layer_, 0);
}

LogLayer::~LogLayer() {
  sqlite3_vfs_unregister(&layer_);
}

int LogLayer::open(sqlite3_vfs* layer, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* self = static_cast<Layer*>(layer)->self;
  if ((flags & SQLITE_OPEN_WAL) == 0) return self->below_->xOpen(self->below_, name, file, flags, out_flags);
  auto* below = LogFile::below(file);
  below->pMethods = nullptr;
  file->pMethods = nullptr;
  const int code = self->below_->xOpen(self->below_, name, below, flags, out_flags);
  if (code != SQLITE_OK) {
    if (below->pMethods != nullptr) below->pMethods->xClose(below);
    return code;
  }
  auto* log = new (file) LogFile{.base = {.pMethods = &Methods::kIo}, .owner = self, .log = GatheredLog(below)};
  self->log_ = &log->log;
  return SQLITE_OK;
}

}  // namespace luot::sqlite
