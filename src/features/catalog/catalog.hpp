// A video as a viewer sees it: URLs, counts, liked, play token. Every route that returns one answers with a card.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "base/async.hpp"
#include "base/cursor.hpp"
#include "base/result.hpp"
#include "base/short_lived.hpp"
#include "features/catalog/card_cache.hpp"
#include "features/catalog/listing_changes.hpp"
#include "features/catalog/shelf_reader.hpp"
#include "features/catalog/state_reader.hpp"
#include "features/engagement/engagement.hpp"
#include "features/playback/playback.hpp"
#include "features/videos/videos.hpp"
#include "ports/clock.hpp"
#include "ports/database.hpp"

namespace luot::catalog {

// A serialised JSON object.
using Card = std::shared_ptr<const std::string>;

struct Page {
  std::vector<Card> cards;
  std::optional<std::string> next_cursor;
};

class Catalog {
 public:
  Catalog(ports::Database& database, users::Users& users, videos::Videos& videos, engagement::Engagement& engagement,
          const playback::MediaSigner& signer, const playback::PlayTokens& tokens, const base::CursorSealer& cursors,
          const ports::Clock& clock);

  // Error: 404 video_not_found.
  base::Task<base::Result<Card>> card(base::VideoId id, std::optional<base::UserId> viewer);
  // In the order of `ids`, of those that are listed: public and ready. To who is not signed in counts may be a second
  // old.
  base::Task<std::vector<Card>> listed_cards(std::vector<base::VideoId> ids, std::optional<base::UserId> viewer);
  // Errors: 404 video_not_found, 403 forbidden.
  base::Task<base::Result<Card>> edit(base::VideoId id, base::UserId viewer, videos::Edit edit);
  base::Task<base::Result<bool>> remove(base::VideoId id, base::UserId viewer);
  // Newest first: to their owner all, to others what is public and ready. Errors: 404 user_not_found, 400
  // invalid_cursor.
  base::Task<base::Result<Page>> videos_of(std::string username, std::optional<base::UserId> viewer, std::int64_t limit,
                                           std::optional<std::string> cursor);

 private:
  // What he did himself, also where the database learns it later.
  base::Task<void> show_own_likes(Shelf& shelf, std::optional<base::UserId> viewer);
  base::Task<std::vector<Card>> cards(std::vector<base::VideoId> ids, std::optional<base::UserId> viewer);
  [[nodiscard]] boost::json::object make_card(const Item& item, base::Time now) const;
  [[nodiscard]] std::string make_text(const Item& item, base::Time now) const;
  [[nodiscard]] Card complete(const std::string& text, const CardState& state, base::Time now) const;
  base::Task<std::vector<CardState>> read_states(std::vector<base::VideoId> ids, std::optional<base::UserId> viewer);
  base::Task<std::vector<Card>> public_cards(std::vector<base::VideoId> ids);
  // Of each state; null where it may not be shown any more.
  using MayShow = std::function<bool(const videos::Video&)>;
  base::Task<std::vector<Card>> ready_cards(std::vector<CardState> states, MayShow may_show);

  ports::Database& database_;
  users::Users& users_;
  videos::Videos& videos_;
  engagement::Engagement& engagement_;
  const playback::MediaSigner& signer_;
  const playback::PlayTokens& tokens_;
  const base::CursorSealer& cursors_;
  const ports::Clock& clock_;
  StateReader states_;
  ShelfReader shelves_;
  CardCache texts_;
  // Whole, as they are sent to all who are not signed in (docs/decisions/0032-public-cards.md).
  PublicCards public_cards_;
  ListingChanges changes_{database_, public_cards_};
};

// GET, PATCH and DELETE /videos/{id}, GET /users/{username}/videos
void add_routes(http::Router& router, Catalog& catalog);

}  // namespace luot::catalog
