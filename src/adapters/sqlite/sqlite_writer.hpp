// The one writer: units that wait together share one commit, and so one fdatasync.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "adapters/sqlite/sqlite_connection.hpp"
#include "base/suspension.hpp"

namespace luot::sqlite {

// A unit on its way: the awaiting coroutine, of `loop`, owns it.
struct PendingUnit {
  PendingUnit(base::Executor l, std::vector<ports::Statement> s) : loop(std::move(l)), statements(std::move(s)) {}

  base::Executor loop;
  std::vector<ports::Statement> statements;
  std::optional<ports::UnitOutcome> outcome;
  std::exception_ptr fault;
  base::Suspension suspension;
};

class SqliteWriter {
 public:
  // `open` makes the connection to write through: now, and again after a failed sync (docs/decisions/0009).
  using Open = std::function<std::unique_ptr<SqliteConnection>()>;
  explicit SqliteWriter(Open open);
  ~SqliteWriter();  // writes what is queued first
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;

  // Throws Unavailable("overloaded") where too many wait already.
  void admit();
  // `unit` lives until its coroutine is resumed. Never throws: it is called when the coroutine is suspended.
  void submit(PendingUnit& unit) noexcept;
  [[nodiscard]] ports::Connections connections() const;

 private:
  void work();
  [[nodiscard]] bool take(std::vector<PendingUnit*>& batch);
  void write(std::vector<PendingUnit*>& batch);
  void open_again();
  void run_unit(PendingUnit& unit);
  void checkpoint();
  void drop_after_failed_sync(const SqliteError& error);

  const Open open_;
  std::unique_ptr<SqliteConnection> connection_;  // nothing after a failed sync
  mutable std::mutex mutex_;                      // guards the next four
  std::deque<PendingUnit*> queue_;
  std::size_t awaited_ = 1;  // units that the writer waits for
  ports::Connections shown_{.role = "write", .open = 1};
  bool stopping_ = false;
  std::condition_variable wake_;
  std::thread thread_;  // last: it uses all of the above
};

// SQLite's faults as the port's: a disk or a file that cannot be used is Unavailable, anything else is a bug.
std::exception_ptr translate(const SqliteError& error);

}  // namespace luot::sqlite
