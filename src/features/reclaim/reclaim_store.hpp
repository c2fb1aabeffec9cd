// SQL about doomed objects that only this room uses; the rest is declared in reclaim.hpp.
#pragma once

#include "features/reclaim/reclaim.hpp"

namespace luot::reclaim {

constexpr std::int64_t kMostAtOnce = 100;
ports::Statement select_due();                            // as many at most
ports::Statement begin_sweep(const std::string& prefix);  // touches one row where it is still due, and must
ports::Statement end_sweep(const std::string& prefix);

}  // namespace luot::reclaim
