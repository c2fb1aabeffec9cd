// All SQL about comments.
#pragma once

#include <map>
#include <span>

#include "features/comments/comments.hpp"

namespace luot::comments {

// The unit that stores the posts, each in its video's count and hot score, but those whose author may not see the
// video. Undone where an id is taken, or an author is gone.
std::vector<ports::Statement> post_comments(std::span<const Post> posts);
// When each was stored of those that were.
std::map<base::CommentId, base::Time> read_posted(const ports::UnitOutcome& outcome);
// Takes a comment out of its video's count and hot score. It reads the comment: it goes before the deletion.
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
