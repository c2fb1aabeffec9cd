#include "features/comments/comments_store.hpp"

namespace luot::comments {
namespace {

// All fields of a comment but its author's name.
#define LUOT_COMMENT_COLUMNS "c.id, c.video_id, c.user_id, c.content, c.created_at"

constexpr ports::Sql kInsert{"insert_comment", R"(
  insert into comments (id, video_id, user_id, content, created_at, hot_term)
  values ($1, $2, $3, $4, now(), )" LUOT_HOT_TERM(LUOT_HOT_COMMENT) ") returning created_at"};

constexpr ports::Sql kCount{"count_comment",
                            "update videos set comment_count = comment_count + 1, hot_score = " LUOT_HOT_WITH(
                                LUOT_HOT_TERM(LUOT_HOT_COMMENT)) " where id = $1 and (user_id = $2 or "
                                                                 "(playable_at is not null and visibility <> 'private'))"};

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

ports::Statement insert_comment(base::CommentId id, base::VideoId video, base::UserId author,
                                const std::string& content) {
  return ports::Statement(kInsert, id, video, author, content);
}

ports::Statement count_comment(base::VideoId video, base::UserId author) {
  return ports::Statement(kCount, video, author).must_touch(1);
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
