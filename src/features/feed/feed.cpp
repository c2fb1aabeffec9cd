#include "features/feed/feed.hpp"

#include <set>

#include "features/feed/feed_store.hpp"

namespace luot::feed {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
using base::UserId;
using base::VideoId;

constexpr std::size_t kLook = 200;  // candidates that are looked at together for a signed-in viewer
constexpr int kMostLooks = 50;      // a page: beyond that it is given as it is

const Order& order_of(Kind kind, const Head& head) {
  static const Order kNone;
  switch (kind) {
    case Kind::kMixed:
      return head.mixed;
    case Kind::kHot:
      return head.hot;
    case Kind::kNew:
      return kNone;
  }
  return kNone;
}

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kMixed:
      return "mixed";
    case Kind::kNew:
      return "new";
    case Kind::kHot:
      return "hot";
  }
  return "";
}

void end_phase(Position& at, bool signed_in) {
  at.phase = signed_in && at.phase == Phase::kUnseen ? Phase::kSeen : Phase::kOver;
  at.next = 0;
  at.tail = base::Keyset::newest();
}

}  // namespace

std::string Feed::context(Kind kind, std::optional<UserId> viewer) {
  return "feed|" + std::string(to_text(kind)) + "|" + (viewer ? viewer->str() : "-");
}

Task<Feed::Walk> Feed::begin(Kind kind, std::optional<UserId> viewer) {
  auto current = co_await heads_.current();
  Walk walk{kind, viewer, std::move(current.head), {}};
  walk.at.head = walk.head->id;
  walk.at.snapshot = current.batch;
  co_return walk;
}

Task<Result<Feed::Walk>> Feed::resume(Kind kind, std::optional<UserId> viewer, std::string cursor) {
  const auto bytes = cursors_.open(context(kind, viewer), cursor);
  const auto position = bytes ? decode(*bytes) : std::nullopt;
  if (!position) co_return base::invalid_cursor();
  auto head = co_await heads_.find(position->head);
  if (!head) {
    co_return Error{ErrorKind::kGone, "cursor_expired", "This walk is too old; begin again without a cursor.", {}};
  }
  co_return Walk{kind, viewer, std::move(head), *position};
}

Task<Result<catalog::Page>> Feed::page(Kind kind, std::optional<UserId> viewer, std::int64_t limit,
                                       std::optional<std::string> cursor) {
  Walk walk;
  if (cursor) {
    LUOT_CO_TRY(walk, co_await resume(kind, viewer, *std::move(cursor)));
  } else {
    walk = co_await begin(kind, viewer);
  }
  const auto wanted = static_cast<std::size_t>(limit);
  catalog::Page page;
  for (int look = 0; look < kMostLooks && page.cards.size() < wanted && walk.at.phase != Phase::kOver; ++look) {
    auto ids = co_await step(walk, wanted - page.cards.size());
    auto cards = co_await catalog_.listed_cards(std::move(ids), viewer);
    std::ranges::move(cards, std::back_inserter(page.cards));
  }
  const bool more = co_await has_more(walk);
  if (more) page.next_cursor = cursors_.seal(context(kind, viewer), encode(walk.at));
  co_return page;
}

// Looks ahead, so that the last page says that it is the last.
Task<bool> Feed::has_more(Walk walk) {
  if (!walk.viewer && walk.at.next < order_of(walk.kind, *walk.head).ids.size())
    co_return walk.at.phase != Phase::kOver;
  for (int look = 0; look < kMostLooks && walk.at.phase != Phase::kOver; ++look) {
    const auto ids = co_await step(walk, 1);
    if (!ids.empty()) co_return true;
  }
  co_return walk.at.phase != Phase::kOver;
}

Task<std::vector<VideoId>> Feed::step(Walk& walk, std::size_t count) {
  walk.surely_more = false;
  const auto& order = order_of(walk.kind, *walk.head);
  if (walk.at.next < order.ids.size()) co_return co_await step_in_head(walk, order, count);
  co_return co_await step_in_tail(walk, order, count);
}

Task<std::vector<VideoId>> Feed::step_in_head(Walk& walk, const Order& order, std::size_t count) {
  const auto rest = std::span(order.ids).subspan(walk.at.next);
  if (!walk.viewer) {
    const auto taken = rest.first(std::min(count, rest.size()));
    walk.at.next += static_cast<std::uint32_t>(taken.size());
    walk.surely_more = taken.size() < rest.size();
    co_return std::vector<VideoId>(taken.begin(), taken.end());
  }
  const auto looked_at = rest.first(std::min(kLook, rest.size()));
  const auto rows = co_await database_.read(select_seen(*walk.viewer, walk.at.snapshot, looked_at));
  const auto list = read_ids(rows, 0);
  const std::set<VideoId> seen(list.begin(), list.end());
  std::vector<VideoId> ids;
  for (const auto id : looked_at) {
    const bool wanted = seen.contains(id) == (walk.at.phase == Phase::kSeen);
    walk.surely_more = wanted && ids.size() == count;
    if (walk.surely_more) break;
    ++walk.at.next;
    if (wanted) ids.push_back(id);
  }
  co_return ids;
}

Task<std::vector<VideoId>> Feed::step_in_tail(Walk& walk, const Order& order, std::size_t count) {
  // What the head held is passed over; that is at most as many rows more.
  const bool passes_over = walk.viewer || !order.ids.empty();
  const auto limit = static_cast<std::int64_t>(passes_over ? std::max(kLook, count + 1) : count + 1);
  auto query = walk.viewer ? select_newest_for(*walk.viewer, walk.at.snapshot, walk.at.tail, limit)
                           : select_newest(walk.at.tail, limit);
  const auto rows = co_await database_.read(std::move(query));
  std::vector<VideoId> ids;
  std::size_t looked_at = 0;
  for (const auto& row : rows.rows) {
    const auto [key, seen] = read_newest(row);
    const bool wanted = !order.set.contains(key.id) && (!walk.viewer || seen == (walk.at.phase == Phase::kSeen));
    walk.surely_more = wanted && ids.size() == count;
    if (walk.surely_more) break;
    ++looked_at;
    walk.at.tail = key;
    if (wanted) ids.push_back(VideoId{key.id});
  }
  if (looked_at == rows.rows.size() && std::ssize(rows.rows) < limit) end_phase(walk.at, walk.viewer.has_value());
  co_return ids;
}

}  // namespace luot::feed
