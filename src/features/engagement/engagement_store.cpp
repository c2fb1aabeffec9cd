#include "features/engagement/engagement_store.hpp"

namespace luot::engagement {
namespace {

#define LUOT_SUBJECTS(pairs)                                                                                      \
  "select p.place, v.id, v.user_id, v.visibility, v.duration, v.view_count, v.like_count, v.playable_at, "        \
  "case when exists (select 1 from likes l where l.video_id = v.id and l.user_id = p.user_id) then 1 else 0 end " \
  "from " pairs " join videos v on v.id = p.video_id"
constexpr ports::Sql kSubjects{
    "engagement_subjects",
    LUOT_SUBJECTS(
        "(select key as place, json_extract(value, '$[0]') as video_id, json_extract(value, '$[1]') as user_id "
        "from json_each($1)) p"),
    LUOT_SUBJECTS("(select place - 1 as place, (pair->>0)::bigint as video_id, (pair->>1)::bigint as user_id "
                  "from json_array_elements($1::json) with ordinality as t(pair, place)) p")};

constexpr ports::Sql kInsertReport{"insert_report", R"(
  insert into view_log (video_id, user_id, viewer, network, starts, views, completions, watched_ms, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, now()))"};

constexpr ports::Sql kInsertDoubted{"insert_doubted_report", R"(
  insert into view_log (video_id, user_id, viewer, network, starts, views, completions, watched_ms, created_at)
  select $1, cast($2 as bigint), $3, $4, $5, $6, $7, $8, now() where not exists (
    select 1 from view_log where created_at >= $9 and video_id = $1 and viewer = $3 and views = 1))"};

constexpr ports::Sql kRecentReports{"recent_reports", R"(
  select seq, video_id, viewer, network, starts, views, completions, watched_ms, created_at from view_log
  where seq > greatest($1, (
    select seq from view_log where created_at <= seconds_from_now($2) order by created_at desc limit 1))
  order by seq limit 5000)"};

// On PostgreSQL a smaller number may be committed after a larger one: the log is told no further than where all is.
#define LUOT_SYNC_STATE "select last_seq, (select coalesce(max(seq), 0) from view_log) from view_sync"
constexpr ports::Sql kSyncState{"view_sync_state", LUOT_SYNC_STATE, LUOT_SYNC_STATE " where luot_reports_settled()"};

constexpr ports::Sql kAdvance{"advance_view_sync", R"(
  update view_sync set last_seq = $2, batch = batch + 1 where last_seq = $1)"};

// What was shown to be seen earlier keeps its batch: walks through a feed rely on it.
constexpr ports::Sql kMarkSeen{"mark_seen", R"(
  insert into seen (user_id, video_id, batch)
  select distinct l.user_id, l.video_id, s.batch from view_log l cross join view_sync s
    join videos v on v.id = l.video_id join users u on u.id = l.user_id
  where l.seq > $1 and l.seq <= $2
  on conflict (user_id, video_id) do nothing)"};

constexpr ports::Sql kMove{"move_reports", R"(
  update videos set view_count = view_count + d.views, start_count = start_count + d.starts,
    completion_count = completion_count + d.completions, watched_ms = videos.watched_ms + d.watched_ms,
    hot_score = case when d.weight = 0 then hot_score else )" LUOT_HOT_WITH(
                                               LUOT_HOT_TERM("d.weight")) R"( end
  from (select video_id, sum(views) as views, sum(starts) as starts, sum(completions) as completions,
          sum(watched_ms) as watched_ms, )" LUOT_HOT_VIEW " * sum(views) + " LUOT_HOT_COMPLETION
                                                                          R"( * sum(completions) as weight
        from view_log where seq > $1 and seq <= $2 group by video_id) d
  where videos.id = d.video_id)"};

// In the order of ids, as all who change several videos do.
#define LUOT_REPORTED "select 1 from videos where id in (select video_id from view_log where seq > $1 and seq <= $2)"
constexpr ports::Sql kLockReported{"lock_reported_videos", LUOT_REPORTED,
                                   LUOT_REPORTED " order by id for no key update"};

constexpr ports::Sql kDeleteOld{"delete_old_reports", R"(
  delete from view_log where seq in (
    select seq from view_log where created_at < seconds_from_now(-86400) and seq <= (select last_seq from view_sync)
    order by created_at limit $1))"};

constexpr ports::Sql kInsertLike{"insert_like", R"(
  insert into likes (user_id, video_id, created_at, hot_term)
  select $1, v.id, now(), )" LUOT_HOT_TERM(LUOT_HOT_LIKE) " from videos v where v.id = $2 and " LUOT_MAY_SEE("$1",
                                                                                                             "v") R"(
  on conflict do nothing)"};
constexpr ports::Sql kDeleteLike{"delete_like", "delete from likes where user_id = $1 and video_id = $2"};
constexpr ports::Sql kCountLike{"count_like",
                                "update videos set like_count = like_count + 1, hot_score = " LUOT_HOT_WITH(
                                    LUOT_HOT_TERM(LUOT_HOT_LIKE)) " where id = $1 returning like_count"};
constexpr ports::Sql kUncountLike{
    "uncount_like",
    "update videos set like_count = like_count - 1, hot_score = " LUOT_HOT_WITHOUT("(select hot_term from likes "
                                                                                   "where user_id = $1 and "
                                                                                   "video_id = $2)") R"(
    where id = $2 and exists (select 1 from likes where user_id = $1 and video_id = $2) and )" LUOT_MAY_SEE("$1",
                                                                                                            "videos") R"(
    returning like_count)"};

}  // namespace

ports::Statement select_subjects(const std::vector<std::pair<base::VideoId, std::optional<base::UserId>>>& whom) {
  std::string pairs = "[";
  for (const auto& [video, user] : whom) {
    if (pairs.size() > 1) pairs += ",";
    pairs += "[" + std::to_string(video.value) + "," + (user ? std::to_string(user->value) : "null") + "]";
  }
  return ports::Statement(kSubjects, pairs + "]");
}

Subject read_subject(const ports::Row& row) {
  Subject subject;
  auto& video = subject.video;
  video.id = row.id<base::VideoId>(1);
  video.author.id = row.id<base::UserId>(2);
  video.visibility = videos::read_visibility(row.text(3));
  video.duration = row.optional_real(4);
  video.view_count = row.integer(5);
  video.like_count = row.integer(6);
  video.playable_at = row.optional_time(7);
  subject.liked = row.boolean(8);
  return subject;
}

ports::Statement insert_report(base::VideoId video, std::optional<base::UserId> user, const Watcher& watcher,
                               const Added& added, const std::optional<base::Time>& in_doubt) {
  const int start = added.start ? 1 : 0;
  const int view = added.view ? 1 : 0;
  const int completion = added.completion ? 1 : 0;
  if (in_doubt && added.view) {
    return ports::Statement(kInsertDoubted, video, user, watcher.viewer, watcher.network, start, view, completion,
                            added.watched_ms, *in_doubt)
        .must_touch(1);
  }
  return ports::Statement(kInsertReport, video, user, watcher.viewer, watcher.network, start, view, completion,
                          added.watched_ms)
      .must_touch(1);
}

ports::Statement select_recent_reports(std::int64_t seq) {
  return ports::Statement(kRecentReports, seq, -static_cast<double>(std::chrono::seconds(kViewWindow).count()));
}

StoredReport read_report(const ports::Row& row) {
  return {row.integer(0),
          row.id<base::VideoId>(1),
          {row.text(2), row.text(3)},
          {row.boolean(4), row.boolean(5), row.boolean(6), row.integer(7)},
          row.time(8)};
}

ports::Statement select_sync_state() {
  return ports::Statement(kSyncState);
}

SyncState read_sync_state(const ports::Row& row) {
  return {row.integer(0), row.integer(1)};
}

std::vector<ports::Statement> move_reports(std::int64_t from, std::int64_t to) {
  return ports::unit(ports::Statement(kAdvance, from, to).must_touch(1), ports::Statement(kLockReported, from, to),
                     ports::Statement(kMarkSeen, from, to), ports::Statement(kMove, from, to));
}

ports::Statement delete_old_reports() {
  return ports::Statement(kDeleteOld, kForgotten);
}

ports::Statement insert_like(base::UserId user, base::VideoId video) {
  return ports::Statement(kInsertLike, user, video).must_touch(1);
}

ports::Statement delete_like(base::UserId user, base::VideoId video) {
  return ports::Statement(kDeleteLike, user, video).must_touch(1);
}

ports::Statement count_like(base::VideoId video) {
  return ports::Statement(kCountLike, video).must_touch(1);
}

ports::Statement uncount_like(base::UserId user, base::VideoId video) {
  return ports::Statement(kUncountLike, user, video).must_touch(1);
}

}  // namespace luot::engagement
