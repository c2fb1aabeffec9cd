// The feed: pages of the catalog's cards. In this version it has one kind, `new`: the newest published first.
#pragma once

#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/result.hpp"
#include "features/catalog/catalog.hpp"

namespace luot::feed {

enum class Kind { kNew };

class Feed {
 public:
  Feed(ports::Database& database, catalog::Catalog& catalog, const base::CursorSealer& cursors)
      : database_(database), catalog_(catalog), cursors_(cursors) {}

  // Error: 400 invalid_cursor. A walk from page to page shows each video that stays visible exactly once.
  base::Task<base::Result<catalog::Page>> page(Kind kind, std::optional<base::UserId> viewer, std::int64_t limit,
                                               std::optional<std::string> cursor);

 private:
  ports::Database& database_;
  catalog::Catalog& catalog_;
  const base::CursorSealer& cursors_;
};

// GET /feed
void add_routes(http::Router& router, Feed& feed);

}  // namespace luot::feed
