// SQL for the feed's order; the cards are the catalog's.
#pragma once

#include "features/feed/feed.hpp"

namespace luot::feed {

ports::Statement select_newest(const std::optional<base::Keyset>& after, std::int64_t limit);
std::vector<base::Keyset> read_newest(const ports::Rows& rows);

}  // namespace luot::feed
