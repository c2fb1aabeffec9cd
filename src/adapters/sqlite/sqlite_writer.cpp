#include "adapters/sqlite/sqlite_writer.hpp"

#include <sqlite3.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::sqlite {
namespace {

using ports::Undone;

constexpr std::size_t kLargestBatch = 256;   // units in one commit
constexpr std::size_t kLongestQueue = 8192;  // units that wait
constexpr std::size_t kCrowd = 8;            // units in one commit, whose senders are likely to come back at once
constexpr std::chrono::microseconds kForCrowd{500};

constexpr ports::Sql kCommit{"commit", "commit"};
constexpr ports::Sql kBeginUnit{"begin_unit", "savepoint unit"};
constexpr ports::Sql kUndoUnit{"undo_unit", "rollback to unit"};
constexpr ports::Sql kEndUnit{"end_unit", "release unit"};

// "UNIQUE constraint failed: users.email" -> users_email_key, as PostgreSQL would name it; expression indexes are
// named by SQLite itself: "UNIQUE constraint failed: index 'users_username_key'".
std::string constraint_name(const SqliteError& error) {
  const std::string message = error.what();
  const auto colon = message.find(": ");
  if (colon == std::string::npos) return "";
  std::string columns = message.substr(colon + 2);
  if (const auto quote = columns.find('\''); quote != std::string::npos) {
    return columns.substr(quote + 1, columns.rfind('\'') - quote - 1);
  }
  const auto dot = columns.find('.');
  const std::string table = columns.substr(0, dot);
  const int code = error.extended_code();
  if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID) return table + "_pkey";
  std::string name = table;
  for (std::size_t at = dot; at != std::string::npos; at = columns.find('.', at + 1)) {
    name += "_" + columns.substr(at + 1, columns.find(',', at) - at - 1);
  }
  return name + "_key";
}

// All of a loop at once: it is woken once.
void resume(const std::vector<PendingUnit*>& batch) {
  std::vector<PendingUnit*> left = batch;
  while (!left.empty()) {
    auto loop = left.front()->loop;
    std::vector<base::Suspension> suspensions;
    std::erase_if(left, [&](PendingUnit* unit) {
      const bool here = unit->loop == loop;
      if (here) suspensions.push_back(std::move(unit->suspension));  // the unit dies when its coroutine resumes
      return here;
    });
    base::asio::post(loop, [suspensions = std::move(suspensions)]() mutable {
      for (auto& suspension : suspensions)
        suspension.resume();
    });
  }
}

std::optional<Undone> constraint_outcome(const SqliteError& error, std::size_t statement) {
  switch (error.extended_code()) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Undone{Undone::Reason::kUnique, statement, constraint_name(error)};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Undone{Undone::Reason::kForeignKey, statement, ""};
    case SQLITE_CONSTRAINT_CHECK:
      return Undone{Undone::Reason::kCheck, statement, ""};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::exception_ptr translate(const SqliteError& error) {
  switch (error.extended_code() & 0xff) {
    case SQLITE_FULL:
      return std::make_exception_ptr(
          base::Unavailable("storage_full", "The database's disk is full.", std::chrono::seconds(30)));
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:  // told also where the disk cannot be read
    case SQLITE_NOTADB:
      base::log::error("database", {{"error", error.what()}, {"code", error.extended_code()}});
      return std::make_exception_ptr(
          base::Unavailable("unavailable", "The database cannot be used now.", std::chrono::seconds(5)));
    default:
      return std::make_exception_ptr(error);
  }
}

SqliteWriter::SqliteWriter(Open open) : open_(std::move(open)), connection_(open_()), thread_([this] { work(); }) {
}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteWriter::admit() {
  const std::lock_guard lock(mutex_);
  if (queue_.size() < kLongestQueue) return;
  throw base::Unavailable("overloaded", "Too many writes are waiting; try again shortly.");
}

void SqliteWriter::submit(PendingUnit& unit) noexcept {
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(&unit);
    wanted = queue_.size() == awaited_;
  }
  if (wanted) wake_.notify_one();
}

ports::Connections SqliteWriter::connections() const {
  const std::lock_guard lock(mutex_);
  auto connections = shown_;
  connections.waiting = queue_.size();
  return connections;
}

void SqliteWriter::work() {
  std::vector<PendingUnit*> batch;
  while (take(batch)) {
    write(batch);
    resume(batch);
    checkpoint();  // nobody waits for it but the next batch
  }
}

// Waits for units. The crowd of the batch before comes back within a moment: whoever of it is first would have a commit
// of his own, and all others would wait for that. False where the writer is to stop.
bool SqliteWriter::take(std::vector<PendingUnit*>& batch) {
  std::unique_lock lock(mutex_);
  shown_.in_flight = 0;
  const auto enough = [this] { return stopping_ || queue_.size() >= awaited_; };
  if (batch.size() >= kCrowd) {
    awaited_ = batch.size() * 3 / 4;
    wake_.wait_for(lock, kForCrowd, enough);
    awaited_ = 1;
  }
  wake_.wait(lock, enough);
  const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), kLargestBatch));
  batch.assign(queue_.begin(), queue_.begin() + count);
  queue_.erase(queue_.begin(), queue_.begin() + count);
  shown_.in_flight = batch.size();
  return !batch.empty();
}

void SqliteWriter::write(std::vector<PendingUnit*>& batch) {
  std::exception_ptr fault;
  try {
    if (!connection_) open_again();
    connection_->begin();
    for (auto* unit : batch)
      run_unit(*unit);
    connection_->step(kCommit);
  } catch (const SqliteError& error) {
    fault = translate(error);
    drop_after_failed_sync(error);
  } catch (...) {
    fault = std::current_exception();
  }
  if (!fault) return;
  // A full disk or an I/O error has undone the whole batch: none of it may be acknowledged.
  try {
    if (connection_ && connection_->in_transaction()) connection_->run("rollback");
  } catch (const SqliteError&) {  // SQLite rolled back by itself
  }
  for (auto* unit : batch) {
    if (!unit->fault) unit->fault = fault;
  }
}

void SqliteWriter::checkpoint() {
  try {
    if (connection_) connection_->checkpoint_if_due();
  } catch (const SqliteError& error) {  // the log keeps everything, and the next commit comes back to this
    base::log::error("checkpoint", {{"error", error.what()}, {"code", error.extended_code()}});
    drop_after_failed_sync(error);
  }
}

void SqliteWriter::drop_after_failed_sync(const SqliteError& error) {
  if (error.extended_code() != SQLITE_IOERR_FSYNC || !connection_) return;
  connection_->distrust();
  connection_.reset();
  const std::lock_guard lock(mutex_);
  shown_.open = 0;
  ++shown_.lost;
}

void SqliteWriter::open_again() {
  connection_ = open_();
  const std::lock_guard lock(mutex_);
  shown_.open = 1;
}

void SqliteWriter::run_unit(PendingUnit& unit) {
  connection_->set_now(base::wall_clock());
  connection_->step(kBeginUnit);
  std::vector<ports::Rows> results;
  std::optional<Undone> undone;
  std::size_t index = 0;
  try {
    for (; index < unit.statements.size() && !undone; ++index) {
      const auto& statement = unit.statements[index];
      results.push_back(connection_->execute(statement));
      const auto required = statement.required_rows();
      if (required && results.back().touched != *required) undone = Undone{Undone::Reason::kRowCount, index, ""};
    }
  } catch (const SqliteError& error) {
    if (!connection_->in_transaction()) throw;  // the batch is lost
    undone = constraint_outcome(error, index);
    if (!undone) unit.fault = translate(error);
  } catch (const std::logic_error&) {
    unit.fault = std::current_exception();
  }
  if (undone || unit.fault) connection_->step(kUndoUnit);
  connection_->step(kEndUnit);
  if (undone) unit.outcome.emplace(*undone);
  if (!undone && !unit.fault) unit.outcome.emplace(std::move(results));
}

}  // namespace luot::sqlite
