// All SQL about views and likes.
#pragma once

#include "features/engagement/engagement.hpp"

namespace luot::engagement {

// Touches one row where the viewer had none in the window, and must.
ports::Statement insert_view(std::int64_t id, base::VideoId video, const std::string& viewer, std::int64_t watched_ms);
ports::Statement increment_views(base::VideoId video);  // returns the new count
ports::Statement select_view_count(base::VideoId video);

// Each touches one row where that changes anything, and must.
ports::Statement insert_like(base::UserId user, base::VideoId video);
ports::Statement delete_like(base::UserId user, base::VideoId video);
ports::Statement increment_likes(base::VideoId video);  // these two return the new count
ports::Statement decrement_likes(base::VideoId video);
ports::Statement select_like_count(base::VideoId video);

}  // namespace luot::engagement
