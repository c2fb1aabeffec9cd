// The embedded database: one file, one writer with group commit, readers apart (WAL).
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>

#include "adapters/sqlite/sqlite_writer.hpp"
#include "base/blocking_pool.hpp"
#include "base/wakes.hpp"
#include "ports/database.hpp"

namespace luot::sqlite {

class SqliteDatabase final : public ports::Database {
 public:
  // `file`'s folder must exist. Throws std::runtime_error where the file cannot be opened.
  SqliteDatabase(std::filesystem::path file, unsigned readers);
  ~SqliteDatabase() override;

  base::Task<ports::Rows> read(ports::Statement statement) override;
  base::Task<ports::UnitOutcome> atomically(std::vector<ports::Statement> statements) override;
  base::Task<void> wait_for(std::string channel, std::chrono::milliseconds longest) override;
  int migrate() override;
  [[nodiscard]] std::vector<ports::Connections> connections() const override;

 private:
  class Reading;
  class Lease;
  void wake_for(const std::vector<ports::Statement>& statements);
  ports::Rows read_now(const ports::Statement& statement);
  std::unique_ptr<SqliteConnection> open_to_write();
  static int migrate_by(SqliteConnection& connection);

  const std::filesystem::path file_;
  mutable std::mutex mutex_;  // guards the next three
  int reading_ = 0;
  bool closing_ = false;  // no reader may begin
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
  std::condition_variable readers_changed_;
  base::Wakes wakes_;
  SqliteWriter writer_;
  base::BlockingPool readers_;
};

}  // namespace luot::sqlite
