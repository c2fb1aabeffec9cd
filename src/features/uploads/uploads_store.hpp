// All SQL about uploads.
#pragma once

#include "features/uploads/uploads.hpp"

namespace luot::uploads {

// First in the unit that counts: other units that count this user's uploads wait for it.
ports::Statement lock_quota(base::UserId owner);
// Counts the upload, and touches one row, where the user's day has room for it; and must.
ports::Statement count_upload(base::UserId owner, base::VideoId id, std::int64_t size, const UploadLimits& limits);
// What the user began within a day, oldest first: when, size, and the time now.
ports::Statement select_begun(base::UserId owner);
ports::Statement forget_old_counts();

ports::Statement insert_upload(base::VideoId id, const std::string& key, const NewUpload& upload,
                               const std::optional<PartPlan>& plan, std::chrono::seconds life);
ports::Statement select_upload(base::VideoId id);
Upload read_upload(const ports::Row& row);
// Touches the row of an open upload that the store does not know yet, and must.
ports::Statement set_store_id(base::VideoId id, const std::string& store_id);
// Open uploads whose next look is due: video_id, whether they have expired. At most 100.
ports::Statement select_due_uploads();
ports::Statement look_again_later(base::VideoId id);  // touches one open upload, and must
ports::Statement complete_upload(base::VideoId id);   // the same

}  // namespace luot::uploads
