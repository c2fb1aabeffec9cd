#include "features/feed/feed_store.hpp"

namespace luot::feed {
namespace {

constexpr ports::Sql kNewest{"feed_newest", R"(
  select published_at, id from videos
  where status = 'ready' and visibility = 'public' and (published_at, id) < ($1, $2)
  order by published_at desc, id desc limit $3)"};

}  // namespace

ports::Statement select_newest(const std::optional<base::Keyset>& after, std::int64_t limit) {
  const auto from = after.value_or(base::Keyset::newest());
  return ports::Statement(kNewest, from.time, from.id, limit);
}

std::vector<base::Keyset> read_newest(const ports::Rows& rows) {
  std::vector<base::Keyset> keys;
  for (const auto& row : rows.rows)
    keys.push_back({row.time(0), row.integer(1)});
  return keys;
}

}  // namespace luot::feed
