#include "features/feed/feed.hpp"

#include "features/feed/feed_store.hpp"

namespace luot::feed {
namespace {

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kNew:
      return "new";
  }
  return "";
}

}  // namespace

base::Task<base::Result<catalog::Page>> Feed::page(Kind kind, std::optional<base::UserId> viewer, std::int64_t limit,
                                                   std::optional<std::string> cursor) {
  const auto context = "feed|" + std::string(to_text(kind)) + "|" + (viewer ? viewer->str() : "-");
  std::optional<base::Keyset> after;
  if (cursor) {
    LUOT_CO_TRY(after, cursors_.open_keyset(context, *cursor));
  }
  const auto rows = co_await database_.read(select_newest(after, limit + 1));
  auto keys = read_newest(rows);
  catalog::Page page;
  if (std::cmp_greater(keys.size(), limit)) {
    keys.pop_back();
    page.next_cursor = cursors_.seal_keyset(context, keys.back());
  }
  std::vector<base::VideoId> ids;
  for (const auto& key : keys)
    ids.push_back(base::VideoId{key.id});
  page.cards = co_await catalog_.cards(std::move(ids), viewer);
  co_return page;
}

}  // namespace luot::feed
