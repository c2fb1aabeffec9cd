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

// A page. A head takes a few looks, and what lies beyond it one or two; only pages full of what is deleted take more.
constexpr int kMostLooks = 1000;

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
  if (kind != Kind::kNew) walk.at.head = walk.head->id;  // so that a walk through what is new never grows too old
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
  if (walk.surely_more) co_return true;
  for (int look = 0; look < kMostLooks && walk.at.phase != Phase::kOver; ++look) {
    const auto ids = co_await step(walk, 1);
    if (!ids.empty()) co_return true;
  }
  co_return false;
}

Task<std::vector<VideoId>> Feed::step(Walk& walk, std::size_t count) {
  walk.surely_more = false;
  const auto& order = order_of(walk.kind, *walk.head);
  if (walk.at.next < order.ids().size()) co_return co_await step_in_head(walk, order, count);
  co_return co_await step_in_tail(walk, order, count);
}

Task<std::vector<VideoId>> Feed::step_in_head(Walk& walk, const Order& order, std::size_t count) {
  const auto rest = std::span(order.ids()).subspan(walk.at.next);
  if (!walk.viewer) {
    const auto taken = rest.first(std::min(count, rest.size()));
    walk.at.next += static_cast<std::uint32_t>(taken.size());
    walk.surely_more = taken.size() < rest.size();
    co_return std::vector<VideoId>(taken.begin(), taken.end());
  }
  const auto looked_at = rest.first(std::min(sizes_.look, rest.size()));
  const auto rows = co_await database_.read(select_seen_of(*walk.viewer, walk.at.snapshot, looked_at));
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

ports::Statement Feed::tail_query(const Walk& walk, std::int64_t limit) {
  const auto& at = walk.at;
  if (!walk.viewer) return select_newest(at.tail, limit);
  return at.phase == Phase::kSeen ? select_seen(*walk.viewer, at.snapshot, at.tail, limit)
                                  : select_unseen(*walk.viewer, at.snapshot, at.tail, limit);
}

Task<std::vector<VideoId>> Feed::step_in_tail(Walk& walk, const Order& order, std::size_t count) {
  // One more than asked for tells whether there is more. What the head held is passed over.
  const auto limit = static_cast<std::int64_t>(order.ids().empty() ? count + 1 : std::max(sizes_.look, count + 1));
  const auto rows = co_await database_.read(tail_query(walk, limit));
  std::vector<VideoId> ids;
  for (const auto& row : rows.rows) {
    const auto key = read_newest(row);
    const bool wanted = !order.contains(VideoId{key.id});
    walk.surely_more = wanted && ids.size() == count;
    if (walk.surely_more) co_return ids;
    walk.at.tail = key;
    if (wanted) ids.push_back(VideoId{key.id});
  }
  if (std::ssize(rows.rows) < limit) end_phase(walk.at, walk.viewer.has_value());
  co_return ids;
}

}  // namespace luot::feed
