#include "features/comments/comments_store.hpp"

#include <boost/json/serialize.hpp>

namespace luot::comments {
namespace {

// All fields of a comment but its author's name.
#define LUOT_COMMENT_COLUMNS "c.id, c.video_id, c.user_id, c.content, c.created_at"

// Lists of an id, a video, a user and the content, as a JSON array. What the user may not comment on is left out.
#define LUOT_POSTS_SQLITE                                                                \
  "(select json_extract(value, '$[0]') as id, json_extract(value, '$[1]') as video_id, " \
  "json_extract(value, '$[2]') as user_id, json_extract(value, '$[3]') as content from json_each($1)) p "
#define LUOT_POSTS_POSTGRES                                                                           \
  "(select (post->>0)::bigint as id, (post->>1)::bigint as video_id, (post->>2)::bigint as user_id, " \
  "post->>3 as content from json_array_elements($1::json) as post) p "
#define LUOT_ALLOWED(posts) posts "join videos v on v.id = p.video_id where " LUOT_MAY_SEE("p.user_id", "v")

#define LUOT_COUNT(posts)                                                                            \
  "update videos set comment_count = comment_count + d.comments, hot_score = " LUOT_HOT_WITH(        \
      LUOT_HOT_TERM("d.weight")) " from (select p.video_id, count(*) as comments, " LUOT_HOT_COMMENT \
                                 " * count(*) as weight from " LUOT_ALLOWED(                         \
                                     posts) " group by p.video_id) d where videos.id = d.video_id"
constexpr ports::Sql kCount{"count_comments", LUOT_COUNT(LUOT_POSTS_SQLITE), LUOT_COUNT(LUOT_POSTS_POSTGRES)};

#define LUOT_INSERT(posts)                                                                                        \
  "insert into comments (id, video_id, user_id, content, created_at, hot_term) "                                  \
  "select p.id, p.video_id, p.user_id, p.content, now(), " LUOT_HOT_TERM(LUOT_HOT_COMMENT) " from " LUOT_ALLOWED( \
      posts) " returning id, created_at"
constexpr ports::Sql kInsert{"insert_comments", LUOT_INSERT(LUOT_POSTS_SQLITE), LUOT_INSERT(LUOT_POSTS_POSTGRES)};

constexpr ports::Sql kUncount{"uncount_comment",
                              "update videos set comment_count = comment_count - 1, hot_score = " LUOT_HOT_WITHOUT(
                                  "(select hot_term from comments where id = $2)") " where id = $1"};

// The video, which says who may read on, and the comments, in one round trip. The video's row is the one without an id
// of a comment.
constexpr ports::Sql kPage{"comments_page", R"(
  select null as id, v.id as video_id, v.user_id, v.visibility as content, v.playable_at as created_at
  from videos v where v.id = $1
  union all
  select * from (select )" LUOT_COMMENT_COLUMNS R"( from comments c
    where c.video_id = $1 and (c.created_at, c.id) < ($2, $3)
    order by c.created_at desc, c.id desc limit $4) page)"};

constexpr ports::Sql kOne{"comment_by_id",
                          "select " LUOT_COMMENT_COLUMNS " from comments c where c.id = $1 and c.video_id = $2"};

constexpr ports::Sql kDelete{"delete_comment", "delete from comments where id = $1 and video_id = $2"};

}  // namespace

std::vector<ports::Statement> post_comments(std::span<const Post> posts) {
  std::set<base::VideoId> touched;
  boost::json::array list;
  for (const auto& post : posts) {
    touched.insert(post.video);
    list.push_back({post.id.value, post.video.value, post.author.value, post.content});
  }
  const auto text = boost::json::serialize(list);
  return ports::unit(videos::lock_videos(touched), ports::Statement(kCount, text), ports::Statement(kInsert, text));
}

std::map<base::CommentId, base::Time> read_posted(const ports::UnitOutcome& outcome) {
  constexpr std::size_t kInserted = 2;
  std::map<base::CommentId, base::Time> posted;
  for (const auto& row : outcome[kInserted].rows)
    posted.emplace(row.id<base::CommentId>(0), row.time(1));
  return posted;
}

ports::Statement uncount_comment(base::CommentId id, base::VideoId video) {
  return ports::Statement(kUncount, video, id).must_touch(1);
}

ports::Statement select_comments(base::VideoId video, const std::optional<base::Keyset>& after, std::int64_t limit) {
  const auto from = after.value_or(base::Keyset::newest());
  return ports::Statement(kPage, video, from.time, from.id, limit);
}

ports::Statement select_comment(base::CommentId comment, base::VideoId video) {
  return ports::Statement(kOne, comment, video);
}

Comment read_comment(const ports::Row& row) {
  return {
      row.id<base::CommentId>(0), row.id<base::VideoId>(1), {row.id<base::UserId>(2), {}}, row.text(3), row.time(4)};
}

CommentsPage read_page(const ports::Rows& rows) {
  CommentsPage page;
  for (const auto& row : rows.rows) {
    if (!row.is_null(0)) {
      page.comments.push_back(read_comment(row));
      continue;
    }
    page.video.emplace();
    page.video->id = row.id<base::VideoId>(1);
    page.video->author.id = row.id<base::UserId>(2);
    page.video->visibility = videos::read_visibility(row.text(3));
    page.video->playable_at = row.optional_time(4);
  }
  // A union promises no order, though both engines keep it.
  std::ranges::sort(page.comments, std::ranges::greater(),
                    [](const Comment& comment) { return std::pair(comment.created_at, comment.id.value); });
  return page;
}

ports::Statement delete_comment(base::CommentId comment, base::VideoId video) {
  return ports::Statement(kDelete, comment, video).must_touch(1);
}

}  // namespace luot::comments
