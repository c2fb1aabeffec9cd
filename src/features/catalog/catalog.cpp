#include "features/catalog/catalog.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "features/catalog/catalog_store.hpp"

namespace luot::catalog {
namespace {

namespace json = boost::json;
using base::Result;
using base::Task;
using base::UserId;
using base::VideoId;
using videos::Video;
using videos::VideoFile;

constexpr std::size_t kCachedCards = 8192;
constexpr std::size_t kPublicCards = 8192;

// What changes with every view stands at the end of a card.
constexpr const char* kMoving[] = {"view_count", "like_count", "comment_count", "liked", "play_token"};

json::value url_or_null(const std::string& base, const std::optional<std::string>& key) {
  return key ? json::value(base + *key) : json::value(nullptr);
}

json::object file_json(const std::string& base, const VideoFile& file) {
  return {{"quality", file.quality},
          {"width", file.width},
          {"height", file.height},
          {"bitrate", file.bitrate},
          {"file_url", base + file.key}};
}

// The file to begin with, or to play where HLS cannot be: the largest of at most 480 lines, else the smallest.
const VideoFile& progressive(const std::vector<VideoFile>& files) {
  const VideoFile* best = &files.front();
  for (const auto& file : files) {
    if (std::min(file.width, file.height) <= 480) best = &file;
  }
  return *best;
}

bool is_not_listed(const CardState& state) {
  return !state.ready || state.visibility != "public";
}

}  // namespace

Catalog::Catalog(ports::Database& database, users::Users& users, videos::Videos& videos,
                 engagement::Engagement& engagement, const playback::MediaSigner& signer,
                 const playback::PlayTokens& tokens, const base::CursorSealer& cursors, const ports::Clock& clock)
    : database_(database),
      users_(users),
      videos_(videos),
      engagement_(engagement),
      signer_(signer),
      tokens_(tokens),
      cursors_(cursors),
      clock_(clock),
      states_(database),
      shelves_(database),
      texts_(kCachedCards),
      public_cards_(kPublicCards) {
}

json::object Catalog::make_card(const Item& item, base::Time now) const {
  const auto& [video, liked, edits, files] = item;
  auto card = videos::to_json(video);
  card["liked"] = liked;
  json::array file_list;
  if (!video.rev || files.empty()) {
    for (const auto* name : {"hls_url", "mp4_url", "thumbnail_url", "preview", "play_token"})
      card[name] = nullptr;
    card["files"] = std::move(file_list);
    return card;
  }
  const auto prefix = videos::rev_prefix(video.id, *video.rev);
  const auto base = signer_.signed_base(prefix, now);
  for (const auto& file : files)
    file_list.push_back(file_json(base, file));
  card["hls_url"] = url_or_null(base, video.playlist_key);
  card["mp4_url"] = base + progressive(files).key;
  card["thumbnail_url"] = url_or_null(base, video.poster_key);
  card["preview"] = nullptr;
  if (video.preview_key) {
    card["preview"] = {{"vtt_url", base + *video.preview_key}, {"image_url", base + prefix + "preview.jpg"}};
  }
  card["play_token"] = tokens_.issue(video.id, now);
  card["files"] = std::move(file_list);
  return card;
}

// All but what moves, and without the closing brace.
std::string Catalog::make_text(const Item& item, base::Time now) const {
  auto card = make_card(item, now);
  for (const auto* name : kMoving)
    card.erase(name);
  auto text = json::serialize(card);
  text.pop_back();
  return text;
}

Card Catalog::complete(const std::string& text, const CardState& state, base::Time now) const {
  std::string card;
  card.reserve(text.size() + 192);
  card.append(text);
  card.append(",\"view_count\":").append(std::to_string(state.view_count));
  card.append(",\"like_count\":").append(std::to_string(state.like_count));
  card.append(",\"comment_count\":").append(std::to_string(state.comment_count));
  card.append(state.liked ? ",\"liked\":true" : ",\"liked\":false");
  card.append(",\"play_token\":\"").append(tokens_.issue(state.id, now)).append("\"}");
  return std::make_shared<const std::string>(std::move(card));
}

Task<std::vector<CardState>> Catalog::read_states(std::vector<VideoId> ids, std::optional<UserId> viewer) {
  auto states = co_await states_.read(std::move(ids), viewer);
  if (!viewer || states.empty()) co_return states;
  // What he did himself shows at once, also where the database learns it later.
  std::vector<VideoId> found;
  for (const auto& state : states)
    found.push_back(state.id);
  const auto likes = co_await engagement_.likes_of(*viewer, std::move(found));
  for (std::size_t i = 0; i < likes.size(); ++i) {
    states[i].liked = likes[i].liked.value_or(states[i].liked);
    states[i].like_count = likes[i].like_count.value_or(states[i].like_count);
  }
  co_return states;
}

// Of states that were judged to be shown. Where a text has to be made, the video is read again, and is judged again by
// `may_show`: it may have been edited, taken back or replaced between the two reads.
Task<std::vector<Card>> Catalog::ready_cards(std::vector<CardState> states, MayShow may_show) {
  const auto now = clock_.now();
  const auto version = [now](const CardState& state) {
    return CardVersion{state.rev.value_or(""), state.edits, playback::MediaSigner::window_of(now)};
  };
  std::vector<CardCache::Text> texts;
  std::vector<VideoId> missing;
  for (const auto& state : states) {
    texts.push_back(texts_.find(state.id, version(state)));
    if (!texts.back()) missing.push_back(state.id);
  }
  Shelf shelf;
  if (!missing.empty()) shelf = co_await shelves_.read(std::move(missing));
  std::vector<Card> cards;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& state = states[i];
    if (const auto found = shelf.find(state.id); found != shelf.end() && may_show(found->second.video)) {
      const auto& item = found->second;
      texts[i] = std::make_shared<const std::string>(make_text(item, now));
      const bool is_that_version = item.video.rev == state.rev && item.edits == state.edits;
      if (is_that_version) texts_.keep(state.id, version(state), texts[i]);
    }
    cards.push_back(texts[i] ? complete(*texts[i], state, now) : nullptr);
  }
  co_return cards;
}

Task<std::vector<Card>> Catalog::listed_cards(std::vector<VideoId> ids, std::optional<UserId> viewer) {
  if (ids.empty()) co_return std::vector<Card>();
  if (!viewer) co_return co_await public_cards(std::move(ids));
  auto states = co_await read_states(std::move(ids), viewer);
  std::erase_if(states, is_not_listed);
  auto cards = co_await ready_cards(std::move(states), videos::is_listed);
  std::erase(cards, nullptr);
  co_return cards;
}

Task<std::vector<Card>> Catalog::public_cards(std::vector<VideoId> ids) {
  co_await changes_.follow();
  const auto now = PublicCards::Clock::now();
  std::vector<Card> cards;
  std::vector<VideoId> missing;
  for (const auto id : ids) {
    cards.push_back(public_cards_.find(id.value, now));
    if (!cards.back()) missing.push_back(id);
  }
  if (missing.empty()) co_return cards;
  auto states = co_await read_states(std::move(missing), std::nullopt);
  std::erase_if(states, is_not_listed);
  const auto made = co_await ready_cards(states, videos::is_listed);
  for (std::size_t i = 0, next = 0; i < ids.size() && next < states.size(); ++i) {
    if (cards[i] || ids[i] != states[next].id) continue;
    cards[i] = made[next++];
    if (cards[i]) public_cards_.keep(ids[i].value, cards[i], now);
  }
  std::erase(cards, nullptr);
  co_return cards;
}

Task<void> Catalog::show_own_likes(Shelf& shelf, std::optional<UserId> viewer) {
  if (!viewer || shelf.empty()) co_return;
  std::vector<VideoId> found;
  for (const auto& [id, item] : shelf)
    found.push_back(id);
  const auto likes = co_await engagement_.likes_of(*viewer, found);
  for (std::size_t i = 0; i < likes.size(); ++i) {
    auto& item = shelf[found[i]];
    item.liked = likes[i].liked.value_or(item.liked);
    item.video.like_count = likes[i].like_count.value_or(item.video.like_count);
  }
}

Task<std::vector<Card>> Catalog::cards(std::vector<VideoId> ids, std::optional<UserId> viewer) {
  auto shelf = co_await read_shelf(database_, ids, viewer);
  co_await show_own_likes(shelf, viewer);
  const auto now = clock_.now();
  std::vector<Card> cards;
  for (const auto id : ids) {
    const auto found = shelf.find(id);
    if (found == shelf.end() || !videos::may_see(found->second.video, viewer)) continue;
    cards.push_back(std::make_shared<const std::string>(json::serialize(make_card(found->second, now))));
  }
  co_return cards;
}

Task<Result<Card>> Catalog::card(VideoId id, std::optional<UserId> viewer) {
  const std::vector<VideoId> ids(1, id);
  auto states = co_await read_states(ids, viewer);
  if (states.empty()) co_return videos::video_not_found();
  const auto& state = states.front();
  const bool visible = state.visibility != "private" || viewer == state.owner;
  std::vector<Card> found;
  if (state.ready && visible) {
    const MayShow may_show = [viewer](const Video& video) {
      return video.status == videos::Status::kReady && videos::may_see(video, viewer);
    };
    found = co_await ready_cards(std::move(states), may_show);
    std::erase(found, nullptr);
  }
  if (found.empty()) found = co_await cards(ids, viewer);  // not ready, or changed since
  if (found.empty()) co_return videos::video_not_found();
  co_return std::move(found.front());
}

Task<Result<Card>> Catalog::edit(VideoId id, UserId viewer, videos::Edit edit) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.edit(id, viewer, std::move(edit)));
  co_return co_await card(id, viewer);
}

Task<Result<bool>> Catalog::remove(VideoId id, UserId viewer) {
  co_return co_await videos_.remove(id, viewer);
}

Task<Result<Page>> Catalog::videos_of(std::string username, std::optional<UserId> viewer, std::int64_t limit,
                                      std::optional<std::string> cursor) {
  const auto owner = co_await users_.find_by_username(std::move(username));
  if (!owner) co_return users::user_not_found();
  const auto context = "user_videos|" + owner->id.str() + "|" + (viewer ? viewer->str() : "-");
  std::optional<base::Keyset> after;
  if (cursor) {
    LUOT_CO_TRY(after, cursors_.open_keyset(context, *cursor));
  }
  const auto scope = viewer == owner->id ? Scope::kAll : Scope::kListed;
  const auto rows = co_await database_.read(select_videos_of(owner->id, scope, after, limit + 1));
  auto keys = read_keysets(rows);
  Page page;
  if (std::cmp_greater(keys.size(), limit)) {
    keys.pop_back();
    page.next_cursor = cursors_.seal_keyset(context, keys.back());
  }
  std::vector<VideoId> ids;
  for (const auto& key : keys)
    ids.push_back(VideoId{key.id});
  page.cards = co_await cards(std::move(ids), viewer);
  co_return page;
}

}  // namespace luot::catalog
