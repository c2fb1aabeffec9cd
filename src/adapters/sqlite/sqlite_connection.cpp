#include "adapters/sqlite/sqlite_connection.hpp"

#include <sqlite3.h>

#include "adapters/sqlite/log_file.hpp"
#include "base/file.hpp"

namespace luot::sqlite {
namespace {

using ports::Cell;
using ports::Value;

constexpr ports::Sql kBegin{"begin", "begin immediate"};

// Pages in the log. SQLite's own default is 1000, and a batch of likes has 200; with 4000 a page is copied for many.
constexpr int kWorthACheckpoint = 4000;
// Where readers never pause, the log is never begun anew: then a commit waits for the moment when they are few.
constexpr int kWorthAWait = 16'000;

// The functions that PostgreSQL has and SQLite lacks, so that one SQL text serves both.
void sql_now(sqlite3_context* context, int /*count*/, sqlite3_value** /*values*/) {
  const auto* connection = static_cast<const SqliteConnection*>(sqlite3_user_data(context));
  sqlite3_result_int64(context, connection->now().time_since_epoch().count());
}

void sql_seconds_from_now(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  const auto* connection = static_cast<const SqliteConnection*>(sqlite3_user_data(context));
  const auto micros = static_cast<std::int64_t>(sqlite3_value_double(values[0]) * 1e6);
  sqlite3_result_int64(context, connection->now().time_since_epoch().count() + micros);
}

void sql_unix_now(sqlite3_context* context, int /*count*/, sqlite3_value** /*values*/) {
  const auto* connection = static_cast<const SqliteConnection*>(sqlite3_user_data(context));
  sqlite3_result_double(context, static_cast<double>(connection->now().time_since_epoch().count()) / 1e6);
}

// As in PostgreSQL, null does not count.
template <bool kGreatest>
void sql_extreme(sqlite3_context* context, int count, sqlite3_value** values) {
  sqlite3_value* best = nullptr;
  for (auto* value : std::span(values, static_cast<std::size_t>(count))) {
    if (sqlite3_value_type(value) == SQLITE_NULL) continue;
    const bool better = best == nullptr || (sqlite3_value_double(value) > sqlite3_value_double(best)) == kGreatest;
    if (better) best = value;
  }
  if (best != nullptr) sqlite3_result_value(context, best);
}

Cell read_cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return nullptr;
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

SqliteConnection::SqliteConnection(const std::filesystem::path& file, Mode mode)
    : file_(file), log_(mode == Mode::kReadWrite ? std::make_unique<LogLayer>() : nullptr) {
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, log_ ? log_->name() : nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK) {
    const std::string message = handle_ ? sqlite3_errmsg(opened) : "out of memory";
    throw SqliteError(SQLITE_CANTOPEN, "cannot open the database " + file.string() + ": " + message);
  }
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, 5000);
  sqlite3_create_function(opened, "now", 0, SQLITE_UTF8, this, sql_now, nullptr, nullptr);
  sqlite3_create_function(opened, "seconds_from_now", 1, SQLITE_UTF8, this, sql_seconds_from_now, nullptr, nullptr);
  sqlite3_create_function(opened, "unix_now", 0, SQLITE_UTF8, this, sql_unix_now, nullptr, nullptr);
  constexpr int kPure = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  sqlite3_create_function(opened, "greatest", -1, kPure, nullptr, sql_extreme<true>, nullptr, nullptr);
  sqlite3_create_function(opened, "least", -1, kPure, nullptr, sql_extreme<false>, nullptr, nullptr);
  // FULL: a commit is on the disk when it returns. cache_size is in KiB where negative.
  run("pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -4096;");
  if (mode == Mode::kReadOnly) return;
  // Else SQLite would write the end of a commit after its sync (the log layer relies on the contrary).
  int overwrites_are_safe = 1;
  sqlite3_file_control(opened, nullptr, SQLITE_FCNTL_POWERSAFE_OVERWRITE, &overwrites_are_safe);
  // The one that writes touches five trees for a like; what it has to read again, all writers wait for.
  run("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384;");
  // In place of SQLite's own checkpoints, whose failures nobody hears.
  sqlite3_wal_hook(opened, note_log_size, this);
}

SqliteConnection::~SqliteConnection() {
  if (log_) log_->forget();  // or the last checkpoint would write what was undone
  for (const auto& [sql, statement] : statements_)
    sqlite3_finalize(statement.handle);
}

void SqliteConnection::Close::operator()(sqlite3* handle) const {
  sqlite3_close(handle);
}

void SqliteConnection::fail() const {
  throw SqliteError(sqlite3_extended_errcode(handle_.get()), sqlite3_errmsg(handle_.get()));
}

void SqliteConnection::run(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

int SqliteConnection::note_log_size(void* self, sqlite3* /*handle*/, const char* /*database*/, int pages) {
  static_cast<SqliteConnection*>(self)->log_pages_ = pages;
  return SQLITE_OK;
}

void SqliteConnection::checkpoint_if_due() {
  if (log_pages_ < kWorthACheckpoint) return;
  if (log_) log_->forget();
  const int mode = log_pages_ < kWorthAWait ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_BUSY) return;  // another process is at it, or somebody reads for long
  if (code != SQLITE_OK) fail();
  log_pages_ = 0;  // until the next commit says how many
}

void SqliteConnection::settle_log() {
  run("begin immediate");  // so that nobody appends meanwhile
  base::rewrite_durably(file_.string() + "-wal");
  run("rollback");
}

void SqliteConnection::distrust() {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void SqliteConnection::begin() {
  if (log_) log_->forget();
  step(kBegin);
}

void SqliteConnection::step(const ports::Sql& sql) {
  auto* statement = prepared(sql).handle;
  const Reset reset(statement);
  if (sqlite3_step(statement) != SQLITE_DONE) fail();
}

SqliteConnection::Compiled& SqliteConnection::prepared(const ports::Sql& sql) {
  auto& statement = statements_[sql.text.data()];
  if (statement.handle != nullptr) return statement;
  if (sqlite3_prepare_v3(handle_.get(), sql.text.data(), static_cast<int>(sql.text.size()), SQLITE_PREPARE_PERSISTENT,
                         &statement.handle, nullptr) != SQLITE_OK) {
    const std::string message = "statement " + std::string(sql.name) + ": " + sqlite3_errmsg(handle_.get());
    throw SqliteError(sqlite3_extended_errcode(handle_.get()), message);
  }
  return statement;
}

void SqliteConnection::bind(Compiled& compiled, const std::vector<Value>& params) {
  auto* statement = compiled.handle;
  compiled.places.resize(params.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    // By name: SQLite numbers $n by first appearance in the text.
    auto& index = compiled.places[i];
    if (index == 0) index = sqlite3_bind_parameter_index(statement, ("$" + std::to_string(i + 1)).c_str());
    if (index == 0) throw std::logic_error("a statement does not use its parameter $" + std::to_string(i + 1));
    struct Binder {
      sqlite3_stmt* statement;
      int index;
      int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, index); }
      int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
      int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
      int operator()(bool value) const { return sqlite3_bind_int(statement, index, value ? 1 : 0); }
      int operator()(base::Time value) const {
        return sqlite3_bind_int64(statement, index, value.time_since_epoch().count());
      }
      int operator()(const std::string& value) const {  // the parameters outlive the step
        return sqlite3_bind_text(statement, index, value.data(), static_cast<int>(value.size()), nullptr);
      }
    };
    if (std::visit(Binder{statement, index}, params[i]) != SQLITE_OK) fail();
  }
}

ports::Rows SqliteConnection::execute(const ports::Statement& statement) {
  auto& compiled = prepared(statement.sql());
  auto* stmt = compiled.handle;
  const Reset reset(stmt);
  bind(compiled, statement.params());
  ports::Rows result;
  const int columns = sqlite3_column_count(stmt);
  const int before = sqlite3_total_changes(handle_.get());
  int step = 0;
  while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
    std::vector<Cell> cells;
    cells.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column)
      cells.push_back(read_cell(stmt, column));
    result.rows.emplace_back(std::move(cells));
  }
  if (step != SQLITE_DONE) fail();
  // sqlite3_changes keeps the count of an earlier statement after one that touched nothing.
  result.touched = sqlite3_total_changes(handle_.get()) == before ? 0 : sqlite3_changes(handle_.get());
  return result;
}

}  // namespace luot::sqlite
