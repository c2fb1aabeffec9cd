#include "features/feed/feed_store.hpp"

namespace luot::feed {
namespace {

using base::VideoId;

constexpr ports::Sql kNewest{"feed_newest", R"(
  select published_at, id from videos
  where status = 'ready' and visibility = 'public' and (published_at, id) < ($1, $2)
  order by published_at desc, id desc limit $3)"};

constexpr ports::Sql kUnseen{"feed_unseen", R"(
  select published_at, id from videos
  where status = 'ready' and visibility = 'public' and (published_at, id) < ($1, $2) and not exists (
    select 1 from seen s where s.user_id = $4 and s.video_id = videos.id and s.batch <= $5)
  order by published_at desc, id desc limit $3)"};

// By what the viewer has seen, which is less than there is.
constexpr ports::Sql kSeen{"feed_seen", R"(
  select v.published_at, v.id from seen s cross join videos v
  where s.user_id = $4 and s.batch <= $5 and v.id = s.video_id and v.status = 'ready' and v.visibility = 'public'
    and (v.published_at, v.id) < ($1, $2)
  order by v.published_at desc, v.id desc limit $3)"};

constexpr ports::Sql kSeenOf{
    "feed_seen_of",
    "select video_id from seen where user_id = $1 and batch <= $2 and video_id in (select value from json_each($3))",
    "select video_id from seen where user_id = $1 and batch <= $2 "
    "and video_id in (select json_array_elements_text($3::json)::bigint)"};

constexpr ports::Sql kHottest{"feed_hottest", R"(
  select id from videos where status = 'ready' and visibility = 'public' order by hot_score desc, id desc limit $1)"};

constexpr ports::Sql kCurrent{"feed_current", R"(
  select coalesce((select id from feed_heads where superseded_at is null), 0), batch from view_sync)"};

// A head from the future was made before the clock was set back.
constexpr ports::Sql kFresh{"fresh_head", R"(
  select 1 from feed_heads where superseded_at is null and created_at > seconds_from_now($1) and created_at <= now())"};

constexpr ports::Sql kHead{"feed_head", "select hot, newest from feed_heads where id = $1"};
constexpr ports::Sql kLatest{"feed_latest_head", "select hot, newest from feed_heads where superseded_at is null"};

constexpr ports::Sql kSupersede{"supersede_head", R"(
  update feed_heads set superseded_at = now()
  where superseded_at is null and (created_at <= seconds_from_now($1) or created_at > now()))"};

constexpr ports::Sql kInsertHead{"insert_head", R"(
  insert into feed_heads (id, hot, newest, created_at) select $1, $2, $3, now()
  where not exists (select 1 from feed_heads where superseded_at is null))"};

constexpr ports::Sql kDeleteOld{"delete_old_heads",
                                "delete from feed_heads where superseded_at < seconds_from_now($1)"};

constexpr std::size_t kIdLength = 11;

std::string join(const std::vector<VideoId>& ids) {
  std::string text;
  text.reserve(ids.size() * kIdLength);
  for (const auto id : ids)
    text += id.str();
  return text;
}

std::vector<VideoId> split(std::string_view text) {
  std::vector<VideoId> ids;
  ids.reserve(text.size() / kIdLength);
  for (std::size_t at = 0; at + kIdLength <= text.size(); at += kIdLength) {
    if (const auto id = VideoId::parse(text.substr(at, kIdLength))) ids.push_back(*id);
  }
  return ids;
}

double pause_ago() {
  return -static_cast<double>(kHeadPause.count());
}

}  // namespace

ports::Statement select_newest(const std::optional<base::Keyset>& after, std::int64_t limit) {
  const auto from = after.value_or(base::Keyset::newest());
  return ports::Statement(kNewest, from.time, from.id, limit);
}

ports::Statement select_unseen(base::UserId viewer, std::int64_t snapshot, const base::Keyset& after,
                               std::int64_t limit) {
  return ports::Statement(kUnseen, after.time, after.id, limit, viewer, snapshot);
}

ports::Statement select_seen(base::UserId viewer, std::int64_t snapshot, const base::Keyset& after,
                             std::int64_t limit) {
  return ports::Statement(kSeen, after.time, after.id, limit, viewer, snapshot);
}

base::Keyset read_newest(const ports::Row& row) {
  return {row.time(0), row.integer(1)};
}

ports::Statement select_seen_of(base::UserId viewer, std::int64_t snapshot, std::span<const VideoId> ids) {
  return ports::Statement(kSeenOf, viewer, snapshot, ports::id_list(ids));
}

ports::Statement select_hottest(std::int64_t limit) {
  return ports::Statement(kHottest, limit);
}

std::vector<VideoId> read_ids(const ports::Rows& rows, std::size_t column) {
  std::vector<VideoId> ids;
  ids.reserve(rows.rows.size());
  for (const auto& row : rows.rows)
    ids.push_back(row.id<VideoId>(column));
  return ids;
}

ports::Statement select_current() {
  return ports::Statement(kCurrent);
}

std::pair<std::int64_t, std::int64_t> read_current(const ports::Row& row) {
  return {row.integer(0), row.integer(1)};
}

ports::Statement select_fresh_head() {
  return ports::Statement(kFresh, pause_ago());
}

ports::Statement select_head(std::int64_t id) {
  return ports::Statement(kHead, id);
}

ports::Statement select_latest_lists() {
  return ports::Statement(kLatest);
}

HeadLists read_head(const ports::Row& row) {
  return {split(row.text(0)), split(row.text(1))};
}

std::vector<ports::Statement> replace_head(std::int64_t id, const HeadLists& lists) {
  return ports::unit(ports::Statement(kSupersede, pause_ago()),
                     ports::Statement(kInsertHead, id, join(lists.hot), join(lists.newest)).must_touch(1));
}

ports::Statement delete_old_heads() {
  return ports::Statement(kDeleteOld, -static_cast<double>(std::chrono::seconds(kHeadLife).count()));
}

}  // namespace luot::feed
