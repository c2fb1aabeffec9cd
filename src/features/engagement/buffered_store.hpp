// All SQL that moves views and likes from a buffer into the database.
#pragma once

#include "ports/database.hpp"
#include "ports/engagement_buffer.hpp"

namespace luot::engagement {

// The unit that adds a batch of views: the first statement touches one row, and must: where it does not, the batch was
// added before. What is of videos and users that are gone is left out.
std::vector<ports::Statement> add_view_batch(const ports::ViewBatch& batch);
// Ids of batches that are a day old, at most kForgottenBatches.
inline constexpr std::int64_t kForgottenBatches = 2000;
ports::Statement delete_old_view_batches();

// Their ids, at most `limit`.
ports::Statement select_likers(base::VideoId video, std::int64_t limit);

ports::Statement select_like_offset();
ports::LikeOffset read_like_offset(const ports::Row& row);
// The unit that moves a batch of likes: the first statement touches one row, and must: where it does not, another
// syncer moved it, or the log is another.
std::vector<ports::Statement> move_likes(const ports::LikeOffset& from, const ports::LikeBatch& batch);

}  // namespace luot::engagement
