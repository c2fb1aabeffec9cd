// Every statement of every room, with parameters of the types that it gets: by name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/database.hpp"

namespace luot {

// Those with parameters that may be null stand there both ways.
std::multimap<std::string, ports::Statement> all_statements();

}  // namespace luot
