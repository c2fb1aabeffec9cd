// The writer's way to the write-ahead log. SQLite writes each page of a commit in two calls, 24 and 4096 bytes; here
// they are gathered and reach the system together.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

namespace luot::sqlite {

// The log as SQLite's own layer has it (`below`, open), with the bytes that are to follow. Everything that SQLite may
// learn of the file is as if there were no gathering: what is read, measured, cut or synced is written first.
class GatheredLog {
 public:
  explicit GatheredLog(sqlite3_file* below) : below_(below) {}

  int read(void* bytes, int count, sqlite3_int64 offset);
  int write(const void* bytes, int count, sqlite3_int64 offset);
  int truncate(sqlite3_int64 size);
  int sync(int flags);
  int size(sqlite3_int64* size);

  // After a failed write bytes are missing that SQLite takes for written: nothing can be read there, nothing is written
  // any more, and so no commit succeeds, until this tells that the transaction has been undone.
  void forget();

 private:
  int flush();
  [[nodiscard]] sqlite3_int64 end() const { return begin_ + static_cast<sqlite3_int64>(gathered_.size()); }

  sqlite3_file* const below_;
  sqlite3_int64 begin_ = 0;  // where the gathered bytes belong, or those that are missing
  std::vector<char> gathered_;
  int failed_ = SQLITE_OK;
};

// A layer of SQLite's for one connection: the system's, but for the log.
class LogLayer {
 public:
  LogLayer();
  ~LogLayer();  // after the connection is closed
  LogLayer(const LogLayer&) = delete;
  LogLayer& operator=(const LogLayer&) = delete;

  [[nodiscard]] const char* name() const { return name_.c_str(); }
  // No transaction that writes is under way.
  void forget() {
    if (log_ != nullptr) log_->forget();
  }

 private:
  struct Layer : sqlite3_vfs {
    LogLayer* self = nullptr;
  };
  struct LogFile;
  struct Methods;
  static int open(sqlite3_vfs* layer, const char* name, sqlite3_file* file, int flags, int* out_flags);

  sqlite3_vfs* const below_;
  const std::string name_;
  Layer layer_;
  GatheredLog* log_ = nullptr;  // while the connection has it open
};

}  // namespace luot::sqlite
