#include "features/comments/comments_store.hpp"

namespace luot::comments {
namespace {

constexpr ports::Sql kInsert{"insert_comment", R"(
  insert into comments (id, video_id, user_id, content, created_at, hot_term)
  values ($1, $2, $3, $4, now(), )" LUOT_HOT_TERM(LUOT_HOT_COMMENT) ") returning created_at"};

constexpr ports::Sql kCount{"count_comment",
                            "update videos set comment_count = comment_count + 1, hot_score = " LUOT_HOT_WITH(
                                LUOT_HOT_TERM(LUOT_HOT_COMMENT)) " where id = $1"};

constexpr ports::Sql kUncount{"uncount_comment",
                              "update videos set comment_count = comment_count - 1, hot_score = " LUOT_HOT_WITHOUT(
                                  "(select hot_term from comments where id = $2)") " where id = $1"};

constexpr ports::Sql kPage{"comments_page", R"(
  select c.id, c.video_id, c.user_id, u.username, c.content, c.created_at
  from comments c join users u on u.id = c.user_id
  where c.video_id = $1 and (c.created_at, c.id) < ($2, $3)
  order by c.created_at desc, c.id desc limit $4)"};

constexpr ports::Sql kOne{"comment_by_id", R"(
  select c.id, c.video_id, c.user_id, u.username, c.content, c.created_at
  from comments c join users u on u.id = c.user_id where c.id = $1 and c.video_id = $2)"};

constexpr ports::Sql kDelete{"delete_comment", "delete from comments where id = $1 and video_id = $2"};

}  // namespace

ports::Statement insert_comment(base::CommentId id, base::VideoId video, base::UserId author,
                                const std::string& content) {
  return ports::Statement(kInsert, id, video, author, content).must_touch(1);
}

ports::Statement count_comment(base::VideoId video) {
  return ports::Statement(kCount, video).must_touch(1);
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
  return {row.id<base::CommentId>(0),
          row.id<base::VideoId>(1),
          {row.id<base::UserId>(2), row.text(3)},
          row.text(4),
          row.time(5)};
}

ports::Statement delete_comment(base::CommentId comment, base::VideoId video) {
  return ports::Statement(kDelete, comment, video).must_touch(1);
}

}  // namespace luot::comments
