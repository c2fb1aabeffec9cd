// What PostgreSQL said, by its SQLSTATE, as the port's outcomes and faults.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "ports/database.hpp"

namespace luot::postgres {

struct Failure {
  std::size_t statement = 0;  // its index among those that were sent
  std::string name;           // the statement's
  std::string state;          // SQLSTATE
  std::string constraint;
  std::string message;
};

// Somebody else was in the way: the same unit may well succeed when it is tried again.
bool is_worth_a_retry(const Failure& failure);

std::optional<ports::Undone> as_undone(const Failure& failure);

// Unavailable where the engine is at fault; anything else is a bug.
std::exception_ptr as_fault(const Failure& failure);

// No connection, or one that broke while it was used.
std::exception_ptr not_reachable();

}  // namespace luot::postgres
