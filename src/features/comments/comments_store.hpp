// All SQL about comments.
#pragma once

#include "features/comments/comments.hpp"

namespace luot::comments {

ports::Statement insert_comment(base::CommentId id, base::VideoId video, base::UserId author,
                                const std::string& content);  // returns created_at
// The video's count and hot score; undone where the author may not see the video. Uncounting reads the comment: it goes
// before the deletion.
ports::Statement count_comment(base::VideoId video, base::UserId author);
ports::Statement uncount_comment(base::CommentId id, base::VideoId video);
ports::Statement select_comments(base::VideoId video, const std::optional<base::Keyset>& after, std::int64_t limit);
ports::Statement select_comment(base::CommentId comment, base::VideoId video);
Comment read_comment(const ports::Row& row);  // its author's name is not in it

// A page as the database has it.
struct CommentsPage {
  std::optional<videos::Video> video;  // its id, owner, visibility and when it became playable, and nothing else
  std::vector<Comment> comments;
};
CommentsPage read_page(const ports::Rows& rows);
ports::Statement delete_comment(base::CommentId comment, base::VideoId video);

}  // namespace luot::comments
