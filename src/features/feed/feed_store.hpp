// SQL for the feed's order; the cards are the catalog's.
#pragma once

#include <span>

#include "base/cursor.hpp"
#include "features/feed/heads.hpp"

namespace luot::feed {

// What is ready and public, newest first: published_at, id.
ports::Statement select_newest(const std::optional<base::Keyset>& after, std::int64_t limit);
// The same, of what `viewer` was not, or was, marked by batch `snapshot` as having seen.
ports::Statement select_unseen(base::UserId viewer, std::int64_t snapshot, const base::Keyset& after,
                               std::int64_t limit);
ports::Statement select_seen(base::UserId viewer, std::int64_t snapshot, const base::Keyset& after, std::int64_t limit);
base::Keyset read_newest(const ports::Row& row);

// Those of `ids` that `viewer` was marked by batch `snapshot` as having seen.
ports::Statement select_seen_of(base::UserId viewer, std::int64_t snapshot, std::span<const base::VideoId> ids);
ports::Statement select_hottest(std::int64_t limit);
std::vector<base::VideoId> read_ids(const ports::Rows& rows, std::size_t column);

// The current head's id (0 where there is none) and the newest batch of seen marks.
ports::Statement select_current();
std::pair<std::int64_t, std::int64_t> read_current(const ports::Row& row);
// A row where the current head is not due to be replaced.
ports::Statement select_fresh_head();

struct HeadLists {
  std::vector<base::VideoId> hot;
  std::vector<base::VideoId> newest;
  bool operator==(const HeadLists&) const = default;
};
ports::Statement select_head(std::int64_t id);
ports::Statement select_latest_lists();
HeadLists read_head(const ports::Row& row);
// Undone where another node was first.
std::vector<ports::Statement> replace_head(std::int64_t id, const HeadLists& lists);
ports::Statement delete_old_heads();

}  // namespace luot::feed
