// The feed: pages of the catalog's cards, in one of three orders.
//
// `new` is the newest published first. `hot` is by hot score, `mixed` two of those to one new; both follow a head (a
// snapshot of the first thousand) and then go on as `new` does, without what the head held. Who is signed in gets what
// he has not seen first, then the rest. A walk from page to page shows each video that is visible throughout exactly
// once, and one that changes meanwhile at most once.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/broadcast.hpp"
#include "base/result.hpp"
#include "base/short_lived.hpp"
#include "features/catalog/catalog.hpp"
#include "features/feed/heads.hpp"
#include "features/feed/walk.hpp"

namespace luot::feed {

enum class Kind { kMixed, kNew, kHot };
inline constexpr std::int64_t kKinds = 3;

struct FeedSizes {
  std::size_t head = kHeadLength;
  std::size_t look = 200;  // candidates that are looked at together where some are passed over
};

// Whole first pages, as all get them who are not signed in.
using FirstPages = base::ShortLived<base::Broadcast>;

class Feed {
 public:
  Feed(ports::Database& database, catalog::Catalog& catalog, const base::CursorSealer& cursors, FeedSizes sizes = {})
      : database_(database), catalog_(catalog), cursors_(cursors), sizes_(sizes), heads_(database, sizes.head) {}

  // Errors: 400 invalid_cursor; 410 cursor_expired where the walk's head is gone: begin again.
  base::Task<base::Result<catalog::Page>> page(Kind kind, std::optional<base::UserId> viewer, std::int64_t limit,
                                               std::optional<std::string> cursor);

  // Whole answers to those who are not signed in: of a few kinds and fifty limits.
  [[nodiscard]] FirstPages& first_pages() { return first_pages_; }

  // Keeps the heads new until it is cancelled.
  base::Task<void> run_renewer();
  base::Task<void> renew_head() { return heads_.renew(); }

 private:
  struct Walk {
    Kind kind{};
    std::optional<base::UserId> viewer;
    std::shared_ptr<const Head> head;
    Position at;
    bool surely_more = false;  // the last step saw what comes next
  };
  base::Task<Walk> begin(Kind kind, std::optional<base::UserId> viewer);
  base::Task<base::Result<Walk>> resume(Kind kind, std::optional<base::UserId> viewer, std::string cursor);
  // The next ids of a walk, at most `count`; fewer, and none, also where there may be more. Moves the walk on.
  base::Task<std::vector<base::VideoId>> step(Walk& walk, std::size_t count);
  base::Task<std::vector<base::VideoId>> step_in_head(Walk& walk, const Order& order, std::size_t count);
  [[nodiscard]] static ports::Statement tail_query(const Walk& walk, std::int64_t limit);
  base::Task<std::vector<base::VideoId>> step_in_tail(Walk& walk, const Order& order, std::size_t count);
  base::Task<bool> has_more(Walk walk);
  [[nodiscard]] static std::string context(Kind kind, std::optional<base::UserId> viewer);

  ports::Database& database_;
  catalog::Catalog& catalog_;
  const base::CursorSealer& cursors_;
  const FeedSizes sizes_;
  Heads heads_;
  FirstPages first_pages_{1024};
};

// GET /feed
void add_routes(http::Router& router, Feed& feed);

}  // namespace luot::feed
