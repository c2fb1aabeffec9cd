#include "adapters/postgres/postgres_errors.hpp"

#include <array>

#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::postgres {
namespace {

constexpr std::string_view kUniqueViolation = "23505";
constexpr std::string_view kForeignKeyViolation = "23503";
constexpr std::string_view kCheckViolation = "23514";
constexpr std::string_view kWrongRowCount = "LU001";  // of luot_require_rows (migrations/postgres)
constexpr std::string_view kDiskFull = "53100";

// Classes and codes that tell of the engine's state, not of the statement.
constexpr std::array<std::string_view, 10> kOfTheEngine{
    "08",     // the connection
    "25006",  // read-only: a standby
    "28",     // not let in
    "40",     // retried to no avail, among others
    "53",     // short of memory, connections or disk
    "55P03",  // a lock not to be had in time
    "57",     // shutting down, or a statement past its time
    "58",     // the system's own errors
    "F0",     // its configuration
    "XX",     // data that it cannot read
};

}  // namespace

bool is_worth_a_retry(const Failure& failure) {
  return failure.state == "40001" || failure.state == "40P01";
}

std::optional<ports::Undone> as_undone(const Failure& failure) {
  using Reason = ports::Undone::Reason;
  const auto undone = [&](Reason reason) { return ports::Undone{reason, failure.statement, failure.constraint}; };
  if (failure.state == kUniqueViolation) return undone(Reason::kUnique);
  if (failure.state == kForeignKeyViolation) return undone(Reason::kForeignKey);
  if (failure.state == kCheckViolation) return undone(Reason::kCheck);
  if (failure.state == kWrongRowCount) return ports::Undone{Reason::kRowCount, failure.statement, ""};
  return std::nullopt;
}

std::exception_ptr as_fault(const Failure& failure) {
  if (failure.state == kDiskFull) {
    return std::make_exception_ptr(
        base::Unavailable("storage_full", "The database's disk is full.", std::chrono::seconds(30)));
  }
  const bool of_the_engine =
      std::ranges::any_of(kOfTheEngine, [&](std::string_view prefix) { return failure.state.starts_with(prefix); });
  if (of_the_engine) {
    base::log::error("database", {{"statement", failure.name}, {"error", failure.message}, {"state", failure.state}});
    return std::make_exception_ptr(base::Unavailable("unavailable", "The database cannot be used now."));
  }
  return std::make_exception_ptr(
      std::runtime_error("statement " + failure.name + ": " + failure.message + " (" + failure.state + ")"));
}

std::exception_ptr not_reachable() {
  return std::make_exception_ptr(base::Unavailable("unavailable", "The database cannot be reached now."));
}

}  // namespace luot::postgres
