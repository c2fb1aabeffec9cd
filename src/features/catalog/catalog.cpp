#include "features/catalog/catalog.hpp"

#include <boost/json/value.hpp>
#include <map>

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

}  // namespace

Catalog::Catalog(ports::Database& database, users::Users& users, videos::Videos& videos,
                 const playback::MediaSigner& signer, const playback::PlayTokens& tokens,
                 const base::CursorSealer& cursors, const ports::Clock& clock)
    : database_(database),
      users_(users),
      videos_(videos),
      signer_(signer),
      tokens_(tokens),
      cursors_(cursors),
      clock_(clock) {
}

bool Catalog::is_of_one_revision(const Item& item) {
  if (!item.video.rev) return true;
  const auto prefix = videos::rev_prefix(item.video.id, *item.video.rev);
  return std::ranges::all_of(item.files, [&](const VideoFile& file) { return file.key.starts_with(prefix); });
}

json::object Catalog::make_card(const Item& item) const {
  const auto& [video, liked, files] = item;
  auto card = videos::to_json(video);
  card["liked"] = liked;
  json::array file_list;
  if (!video.rev || files.empty()) {
    for (const auto* name : {"hls_url", "mp4_url", "thumbnail_url", "preview", "play_token"})
      card[name] = nullptr;
    card["files"] = std::move(file_list);
    return card;
  }
  const auto now = clock_.now();
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

// The rows of videos and those of their files come from two reads. Where a revision was published between them, their
// keys do not fit together, and both are read again.
Task<Catalog::Shelf> Catalog::read_shelf(std::vector<VideoId> ids, std::optional<UserId> viewer) {
  Shelf shelf;
  for (int attempt = 0; attempt < 3; ++attempt) {
    shelf = {};
    const auto videos = co_await database_.read(select_cards(ids, viewer));
    const auto files = co_await database_.read(select_files(ids));
    for (const auto& row : videos.rows) {
      auto video = videos::read_video(row);
      const auto id = video.id;
      shelf[id] = {std::move(video), row.boolean(videos::kVideoColumns), {}};
    }
    for (const auto& row : files.rows) {
      const auto found = shelf.find(row.id<VideoId>(0));
      if (found != shelf.end()) found->second.files.push_back(read_file(row));
    }
    if (std::ranges::all_of(shelf, [](const auto& entry) { return is_of_one_revision(entry.second); })) break;
  }
  co_return shelf;
}

Task<json::array> Catalog::cards(std::vector<VideoId> ids, std::optional<UserId> viewer) {
  const auto shelf = co_await read_shelf(ids, viewer);
  json::array cards;
  for (const auto id : ids) {
    const auto found = shelf.find(id);
    if (found != shelf.end() && videos::may_see(found->second.video, viewer)) cards.push_back(make_card(found->second));
  }
  co_return cards;
}

Task<json::array> Catalog::listed_cards(std::vector<VideoId> ids, std::optional<UserId> viewer) {
  json::array cards;
  if (ids.empty()) co_return cards;
  const auto shelf = co_await read_shelf(ids, viewer);
  for (const auto id : ids) {
    const auto found = shelf.find(id);
    if (found != shelf.end() && videos::is_listed(found->second.video)) cards.push_back(make_card(found->second));
  }
  co_return cards;
}

Task<Result<json::object>> Catalog::card(VideoId id, std::optional<UserId> viewer) {
  std::vector<VideoId> ids(1, id);
  auto found = co_await cards(std::move(ids), viewer);
  if (found.empty()) co_return videos::video_not_found();
  co_return std::move(found[0].as_object());
}

Task<Result<json::object>> Catalog::edit(VideoId id, UserId viewer, videos::Edit edit) {
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
