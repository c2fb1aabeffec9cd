// SQL about doomed objects that only this room uses; the rest is declared in reclaim.hpp.
#pragma once

#include "features/reclaim/reclaim.hpp"

namespace luot::reclaim {

ports::Statement select_due();
ports::Statement begin_sweep(const std::string& prefix);  // touches one row where it is still due, and must
ports::Statement end_sweep(const std::string& prefix);

}  // namespace luot::reclaim
