// All SQL about comments.
#pragma once

#include "features/comments/comments.hpp"

namespace luot::comments {

ports::Statement insert_comment(base::CommentId id, base::VideoId video, base::UserId author,
                                const std::string& content);  // returns created_at
// The video's count and hot score. Uncounting reads the comment: it goes before the deletion.
ports::Statement count_comment(base::VideoId video);
ports::Statement uncount_comment(base::CommentId id, base::VideoId video);
ports::Statement select_comments(base::VideoId video, const std::optional<base::Keyset>& after, std::int64_t limit);
ports::Statement select_comment(base::CommentId comment, base::VideoId video);
Comment read_comment(const ports::Row& row);
ports::Statement delete_comment(base::CommentId comment, base::VideoId video);

}  // namespace luot::comments
