// One SQLite connection with its prepared statements. Used by one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/time.hpp"
#include "ports/database.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace luot::sqlite {

enum class Mode { kReadWrite, kReadOnly };

// What SQLite said, by its extended result code.
class SqliteError : public std::runtime_error {
 public:
  SqliteError(int extended_code, const std::string& message)
      : std::runtime_error(message), extended_code_(extended_code) {}
  [[nodiscard]] int extended_code() const { return extended_code_; }

 private:
  int extended_code_;
};

class LogLayer;

class SqliteConnection {
 public:
  SqliteConnection(const std::filesystem::path& file, Mode mode);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // What now() yields until the next call: a unit has one time, as in PostgreSQL.
  void set_now(base::Time now) { now_ = now; }
  [[nodiscard]] base::Time now() const { return now_; }

  ports::Rows execute(const ports::Statement& statement);
  void run(const char* sql);         // without parameters or rows; may hold several statements
  void step(const ports::Sql& sql);  // the same of one statement, compiled once
  void begin();                      // a transaction that writes
  [[nodiscard]] bool in_transaction() const;

  // Puts on the disk what the write-ahead log holds, also where the system takes it for written since a sync failed.
  void settle_log();
  // Moves what the log holds into the database's file, where that has become worth it. Readers go on meanwhile.
  void checkpoint_if_due();
  // Closing it will not do so: its last sync failed, and what it believes to be on the disk may not be.
  void distrust();

 private:
  static int note_log_size(void* self, sqlite3* handle, const char* database, int pages);
  struct Compiled {
    sqlite3_stmt* handle = nullptr;
    std::vector<int> places;  // SQLite's own number of $1, $2, ...; 0: not looked up yet
  };
  Compiled& prepared(const ports::Sql& sql);
  void bind(Compiled& statement, const std::vector<ports::Value>& params);
  [[noreturn]] void fail() const;

  const std::filesystem::path file_;
  const std::unique_ptr<LogLayer> log_;  // of one that writes; outlives the handle
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  base::Time now_{};
  int log_pages_ = 0;                                     // after the last commit
  std::unordered_map<const char*, Compiled> statements_;  // by the constant's address
};

}  // namespace luot::sqlite
