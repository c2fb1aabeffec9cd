#include "features/engagement/buffered_store.hpp"

#include <set>

#include "features/videos/videos.hpp"

namespace luot::engagement {
namespace {

constexpr ports::Sql kInsertBatch{"insert_view_batch",
                                  "insert into view_batches (id, added_at) values ($1, now()) on conflict do nothing"};

constexpr ports::Sql kNextBatch{"next_view_batch", "update view_sync set batch = batch + 1"};

// In one order, so that no two syncers wait for each other; who is locked is not deleted meanwhile.
constexpr ports::Sql kLockUsers{"lock_users", "select 1 from users where id in (select value from json_each($1))",
                                "select 1 from users where id in (select json_array_elements_text($1::json)::bigint) "
                                "order by id for key share"};

// Pairs of a user and a video, as a JSON array of arrays.
#define LUOT_PAIRS_SQLITE \
  "(select json_extract(value, '$[0]') as user_id, json_extract(value, '$[1]') as video_id from json_each($1)) p "
#define LUOT_PAIRS_POSTGRES                                                \
  "(select (pair->>0)::bigint as user_id, (pair->>1)::bigint as video_id " \
  "from json_array_elements($1::json) as pair) p "

#define LUOT_MARK_SEEN(pairs)                                                                     \
  "insert into seen (user_id, video_id, batch) select p.user_id, p.video_id, s.batch from " pairs \
  "cross join view_sync s join videos v on v.id = p.video_id join users u on u.id = p.user_id "   \
  "where true on conflict (user_id, video_id) do nothing"
constexpr ports::Sql kMarkSeen{"mark_seen_batch", LUOT_MARK_SEEN(LUOT_PAIRS_SQLITE),
                               LUOT_MARK_SEEN(LUOT_PAIRS_POSTGRES)};

#define LUOT_ADD_SUMS(sums)                                                                                           \
  "update videos set view_count = view_count + d.views, start_count = start_count + d.starts, "                       \
  "completion_count = completion_count + d.completions, watched_ms = videos.watched_ms + d.watched_ms, "              \
  "hot_score = case when d.weight = 0 then hot_score else " LUOT_HOT_WITH(                                            \
      LUOT_HOT_TERM("d.weight")) " end from (select video_id, starts, views, completions, watched_ms, " LUOT_HOT_VIEW \
                                 " * views + " LUOT_HOT_COMPLETION " * completions as weight from " sums              \
                                 ") d where videos.id = d.video_id"
constexpr ports::Sql kAddSums{
    "add_view_sums",
    LUOT_ADD_SUMS("(select json_extract(value, '$[0]') as video_id, json_extract(value, '$[1]') as starts, "
                  "json_extract(value, '$[2]') as views, json_extract(value, '$[3]') as completions, "
                  "json_extract(value, '$[4]') as watched_ms from json_each($1)) s"),
    LUOT_ADD_SUMS("(select (sum->>0)::bigint as video_id, (sum->>1)::bigint as starts, (sum->>2)::bigint as views, "
                  "(sum->>3)::bigint as completions, (sum->>4)::bigint as watched_ms "
                  "from json_array_elements($1::json) as sum) s")};

#define LUOT_OLD_BATCHES \
  "(select id from view_batches where added_at < seconds_from_now(-86400) order by added_at limit $1)"
constexpr ports::Sql kDeleteOld{"delete_old_view_batches", "delete from view_batches where id in " LUOT_OLD_BATCHES,
                                "delete from view_batches where id = any (array" LUOT_OLD_BATCHES ")"};

constexpr ports::Sql kLikers{"likers", "select user_id from likes where video_id = $1 limit $2"};

constexpr ports::Sql kOffset{"like_offset", "select epoch, last from sync_offset"};
constexpr ports::Sql kAdvance{"advance_like_offset",
                              "update sync_offset set epoch = $3, last = $4 where epoch = $1 and last = $2"};

// Counted before the rows are written: what is locked stays as it is.
#define LUOT_COUNT_LIKES(pairs)                                                                                      \
  "update videos set like_count = like_count + d.likes, hot_score = " LUOT_HOT_WITH(LUOT_HOT_TERM(                   \
      "d.weight")) " from (select p.video_id, count(*) as likes, " LUOT_HOT_LIKE " * count(*) as weight from " pairs \
                   "join users u on u.id = p.user_id where not exists (select 1 from likes l "                       \
                   "where l.user_id = p.user_id and l.video_id = p.video_id) group by p.video_id) d "                \
                   "where videos.id = d.video_id"
constexpr ports::Sql kCountLikes{"count_likes", LUOT_COUNT_LIKES(LUOT_PAIRS_SQLITE),
                                 LUOT_COUNT_LIKES(LUOT_PAIRS_POSTGRES)};

#define LUOT_INSERT_LIKES(pairs)                                                                         \
  "insert into likes (user_id, video_id, created_at, hot_term) select p.user_id, p.video_id, now(), "    \
  "" LUOT_HOT_TERM(LUOT_HOT_LIKE) " from " pairs                                                         \
                                  "join videos v on v.id = p.video_id join users u on u.id = p.user_id " \
                                  "where true on conflict do nothing"
constexpr ports::Sql kInsertLikes{"insert_likes", LUOT_INSERT_LIKES(LUOT_PAIRS_SQLITE),
                                  LUOT_INSERT_LIKES(LUOT_PAIRS_POSTGRES)};

// The terms of all likes that go from a video are one: the logarithm of their sum.
#define LUOT_UNCOUNT_LIKES(pairs) \
  "update videos set like_count = like_count - d.likes, hot_score = " LUOT_HOT_WITHOUT("d.term")                     \
      " from (select video_id, count(*) as likes, max(hottest) + ln(sum(exp(greatest(hot_term - hottest, -700)))) "  \
      "as term from (select l.video_id, l.hot_term, max(l.hot_term) over (partition by l.video_id) as hottest from " \
      pairs "join likes l on l.user_id = p.user_id and l.video_id = p.video_id) t group by video_id) d "             \
            "where videos.id = d.video_id"
constexpr ports::Sql kUncountLikes{"uncount_likes", LUOT_UNCOUNT_LIKES(LUOT_PAIRS_SQLITE),
                                   LUOT_UNCOUNT_LIKES(LUOT_PAIRS_POSTGRES)};

#define LUOT_DELETE_LIKES(pairs) \
  "delete from likes where (user_id, video_id) in (select p.user_id, p.video_id from " pairs ")"
constexpr ports::Sql kDeleteLikes{"delete_likes", LUOT_DELETE_LIKES(LUOT_PAIRS_SQLITE),
                                  LUOT_DELETE_LIKES(LUOT_PAIRS_POSTGRES)};

// A JSON array of arrays of numbers, each made by `add`.
class NumberLists {
 public:
  void add(std::initializer_list<std::int64_t> numbers) {
    text_ += text_.size() > 1 ? ",[" : "[";
    const char* comma = "";
    for (const auto number : numbers) {
      text_.append(comma).append(std::to_string(number));
      comma = ",";
    }
    text_ += "]";
  }
  [[nodiscard]] bool empty() const { return text_.size() == 1; }
  [[nodiscard]] std::string text() const { return text_ + "]"; }

 private:
  std::string text_ = "[";
};

ports::Statement lock_users(const std::set<base::UserId>& ids) {
  const std::vector<base::UserId> list(ids.begin(), ids.end());
  return ports::Statement(kLockUsers, ports::id_list(std::span(list)));
}

}  // namespace

std::vector<ports::Statement> add_view_batch(const ports::ViewBatch& batch) {
  NumberLists sums;
  NumberLists pairs;
  std::set<base::VideoId> touched;
  std::set<base::UserId> users;
  for (const auto& sum : batch.sums) {
    sums.add({sum.video.value, sum.starts, sum.views, sum.completions, sum.watched_ms});
    touched.insert(sum.video);
  }
  for (const auto& [user, video] : batch.seen) {
    pairs.add({user.value, video.value});
    users.insert(user);
  }
  return ports::unit(ports::Statement(kInsertBatch, batch.id).must_touch(1), ports::Statement(kNextBatch),
                     videos::lock_videos(touched), lock_users(users), ports::Statement(kMarkSeen, pairs.text()),
                     ports::Statement(kAddSums, sums.text()));
}

ports::Statement delete_old_view_batches() {
  return ports::Statement(kDeleteOld, kForgottenBatches);
}

ports::Statement select_likers(base::VideoId video, std::int64_t limit) {
  return ports::Statement(kLikers, video, limit);
}

ports::Statement select_like_offset() {
  return ports::Statement(kOffset);
}

ports::LikeOffset read_like_offset(const ports::Row& row) {
  return {row.text(0), row.text(1)};
}

std::vector<ports::Statement> move_likes(const ports::LikeOffset& from, const ports::LikeBatch& batch) {
  NumberLists liked;
  NumberLists unliked;
  std::set<base::VideoId> touched;
  std::set<base::UserId> users;
  for (const auto& change : batch.changes) {
    (change.liked ? liked : unliked).add({change.user.value, change.video.value});
    touched.insert(change.video);
    users.insert(change.user);
  }
  auto unit =
      ports::unit(ports::Statement(kAdvance, from.epoch, from.last, batch.upto.epoch, batch.upto.last).must_touch(1));
  if (!batch.changes.empty()) {
    unit.push_back(videos::lock_videos(touched));
    unit.push_back(lock_users(users));
  }
  if (!liked.empty()) {
    unit.emplace_back(kCountLikes, liked.text());
    unit.emplace_back(kInsertLikes, liked.text());
  }
  if (!unliked.empty()) {
    unit.emplace_back(kUncountLikes, unliked.text());
    unit.emplace_back(kDeleteLikes, unliked.text());
  }
  return unit;
}

}  // namespace luot::engagement
