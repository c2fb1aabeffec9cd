// The database as rooms see it: named statements, reads, and atomic units of writing.
//
// SQL is written once for SQLite and PostgreSQL. Parameters are $1, $2, ...; both engines know `now()` (the unit's
// own time), `seconds_from_now(double)`, `unix_now()` (seconds since 1970, a double), greatest() and least(). Times are
// timestamptz in PostgreSQL and integer microseconds in SQLite.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/async.hpp"
#include "base/embedded.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "ports/connections.hpp"

namespace luot::ports {

// A named constant of a room's store. `postgres` is the variant for PostgreSQL where `text` does not serve both.
// Whoever waits for `wakes` anywhere is woken when a unit with this statement is written.
struct Sql {
  std::string_view name;
  std::string_view text;
  std::string_view postgres = {};
  std::string_view wakes = {};
};

using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string, bool, base::Time>;

inline Value to_value(std::nullptr_t) {
  return nullptr;
}
inline Value to_value(bool value) {
  return value;
}
inline Value to_value(std::integral auto value) {
  return static_cast<std::int64_t>(value);
}
inline Value to_value(double value) {
  return value;
}
inline Value to_value(base::Time value) {
  return value;
}
inline Value to_value(std::string value) {
  return value;
}
inline Value to_value(std::string_view value) {
  return std::string(value);
}
inline Value to_value(const char* value) {
  return std::string(value);
}
template <typename Tag>
Value to_value(base::Id<Tag> id) {
  return id.value;
}
template <typename T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value(nullptr);
}

class Statement {
 public:
  // `sql` is a constant: it outlives the statement.
  template <typename... Args>
  explicit Statement(const Sql& sql, const Args&... args) : sql_(&sql), params_{to_value(args)...} {}

  // The unit is undone unless this statement inserts, updates or deletes exactly `rows` rows.
  Statement&& must_touch(std::int64_t rows) && {
    must_touch_ = rows;
    return std::move(*this);
  }

  [[nodiscard]] const Sql& sql() const { return *sql_; }
  [[nodiscard]] const std::vector<Value>& params() const { return params_; }
  [[nodiscard]] std::optional<std::int64_t> required_rows() const { return must_touch_; }

 private:
  const Sql* sql_;
  std::vector<Value> params_;
  std::optional<std::int64_t> must_touch_;
};

using Cell = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

// Reading a column as another type than the statement yields is a programming fault (std::bad_variant_access).
class Row {
 public:
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}

  [[nodiscard]] bool is_null(std::size_t column) const {
    return std::holds_alternative<std::nullptr_t>(cells_.at(column));
  }
  [[nodiscard]] std::int64_t integer(std::size_t column) const { return std::get<std::int64_t>(cells_.at(column)); }
  [[nodiscard]] bool boolean(std::size_t column) const { return integer(column) != 0; }
  [[nodiscard]] double real(std::size_t column) const {
    const auto& cell = cells_.at(column);
    const auto* whole = std::get_if<std::int64_t>(&cell);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(cell);
  }
  [[nodiscard]] const std::string& text(std::size_t column) const { return std::get<std::string>(cells_.at(column)); }
  [[nodiscard]] base::Time time(std::size_t column) const {
    return base::Time(std::chrono::microseconds(integer(column)));
  }
  template <typename Id>
  [[nodiscard]] Id id(std::size_t column) const {
    return Id{integer(column)};
  }
  [[nodiscard]] std::optional<std::string> optional_text(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
  }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  [[nodiscard]] std::optional<double> optional_real(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional(real(column));
  }
  [[nodiscard]] std::optional<base::Time> optional_time(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }

 private:
  std::vector<Cell> cells_;
};

struct Rows {
  std::vector<Row> rows;     // of SELECT and RETURNING
  std::int64_t touched = 0;  // rows that were inserted, updated or deleted

  [[nodiscard]] bool empty() const { return rows.empty(); }
  [[nodiscard]] const Row& operator[](std::size_t index) const { return rows.at(index); }
};

// Why a unit was undone: an outcome, not a fault.
struct Undone {
  enum class Reason { kRowCount, kUnique, kForeignKey, kCheck };
  Reason reason{};
  std::size_t statement = 0;  // its index in the unit
  std::string constraint;     // PostgreSQL's default names: users_email_key, users_pkey; empty for kRowCount
};

// Unit outcome: each statement's rows, or why nothing was written.
class UnitOutcome {
 public:
  UnitOutcome(std::vector<Rows> results) : value_(std::move(results)) {}  // NOLINT: a value is an outcome
  UnitOutcome(Undone undone) : value_(std::move(undone)) {}               // NOLINT

  [[nodiscard]] bool done() const { return std::holds_alternative<std::vector<Rows>>(value_); }
  [[nodiscard]] const Rows& operator[](std::size_t statement) const {
    return std::get<std::vector<Rows>>(value_).at(statement);
  }
  [[nodiscard]] const Undone& undone() const { return std::get<Undone>(value_); }
  [[nodiscard]] bool broke(std::string_view constraint) const { return !done() && undone().constraint == constraint; }

 private:
  std::variant<std::vector<Rows>, Undone> value_;
};

class Database {
 public:
  virtual ~Database() = default;

  // A SELECT. Throws Unavailable when the engine is down or its queue is full.
  virtual base::Task<Rows> read(Statement statement) = 0;

  // All statements or none, one after the other; durable when it returns. Throws as read() does, and then nothing was
  // acknowledged, though the unit may have been written.
  virtual base::Task<UnitOutcome> atomically(std::vector<Statement> statements) = 0;

  // Returns when a unit that wakes `channel` was written, by whatever process, or after `longest`: word may be lost.
  virtual base::Task<void> wait_for(std::string channel, std::chrono::milliseconds longest) = 0;

  // Applies the embedded migrations that are missing, under a lock; any number of nodes may start at once. Blocks.
  // Returns how many were applied.
  virtual int migrate() = 0;

  // Those of this process. From any thread.
  [[nodiscard]] virtual std::vector<Connections> connections() const { return {}; }
};

// A unit's statements in order: atomically(unit(a, b, c)).
template <typename... Statements>
std::vector<Statement> unit(Statements&&... statements) {
  std::vector<Statement> list;
  list.reserve(sizeof...(statements));
  (list.push_back(std::forward<Statements>(statements)), ...);
  return list;
}

// Ids as one parameter, a JSON array.
template <typename Tag>
std::string id_list(std::span<const base::Id<Tag>> ids) {
  std::string text = "[";
  for (const auto id : ids) {
    if (text.size() > 1) text += ",";
    text += std::to_string(id.value);
  }
  return text + "]";
}

}  // namespace luot::ports
