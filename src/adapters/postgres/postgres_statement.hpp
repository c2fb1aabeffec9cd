// A statement as PostgreSQL gets it.
#pragma once

#include <string>

#include "ports/database.hpp"

namespace luot::postgres {

// Where it must touch rows, their number is one more parameter at the end.
std::string text_of(const ports::Statement& statement);

// The statement's own rows: without what was added to count those that it touched.
ports::Rows own_rows(ports::Rows rows, const ports::Statement& statement);

}  // namespace luot::postgres
