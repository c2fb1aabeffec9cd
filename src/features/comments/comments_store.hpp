// All SQL about comments.
#pragma once

#include "features/comments/comments.hpp"

namespace luot::comments {

ports::Statement insert_comment(base::CommentId id, base::VideoId video, base::UserId author,
                                const std::string& content);  // returns created_at
ports::Statement add_to_count(base::VideoId video, int change);
ports::Statement select_comments(base::VideoId video, const std::optional<base::Keyset>& after, std::int64_t limit);
ports::Statement select_comment(base::CommentId comment, base::VideoId video);
Comment read_comment(const ports::Row& row);
ports::Statement delete_comment(base::CommentId comment, base::VideoId video);

}  // namespace luot::comments
