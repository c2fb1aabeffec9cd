// Comments under a video, newest first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/cursor.hpp"
#include "base/result.hpp"
#include "base/viewer.hpp"
#include "features/comments/posting.hpp"
#include "features/videos/videos.hpp"
#include "ports/clock.hpp"
#include "ports/database.hpp"

namespace luot::comments {

struct Comment {
  base::CommentId id;
  base::VideoId video;
  users::Author author;
  std::string content;  // 1-1,000 characters as people count them
  base::Time created_at;
};

struct Page {
  std::vector<Comment> items;
  std::optional<std::string> next_cursor;
};

class Comments {
 public:
  Comments(ports::Database& database, users::Users& users, videos::Videos& videos, const base::CursorSealer& cursors,
           const ports::Clock& clock);

  // Error: 404 video_not_found, as for all.
  base::Task<base::Result<Comment>> post(base::VideoId video, base::Viewer author, std::string content);
  // Error: 400 invalid_cursor.
  base::Task<base::Result<Page>> list(base::VideoId video, std::optional<base::UserId> viewer, std::int64_t limit,
                                      std::optional<std::string> cursor);
  // By its author, or the video's owner. Errors: 404 comment_not_found, 403 forbidden.
  base::Task<base::Result<bool>> remove(base::VideoId video, base::CommentId comment, base::UserId viewer);

 private:
  ports::Database& database_;
  Posting posting_;
  users::Users& users_;
  videos::Videos& videos_;
  const base::CursorSealer& cursors_;
};

base::Error comment_not_found();

// GET and POST /videos/{id}/comments, DELETE /videos/{id}/comments/{comment_id}
void add_routes(http::Router& router, Comments& comments);

}  // namespace luot::comments
