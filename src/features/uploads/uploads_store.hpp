// All SQL about uploads.
#pragma once

#include "features/uploads/uploads.hpp"

namespace luot::uploads {

ports::Statement insert_upload(base::VideoId id, const std::string& key, const NewUpload& upload,
                               std::chrono::seconds life);
ports::Statement select_upload(base::VideoId id);
Upload read_upload(const ports::Row& row);
// Open uploads whose next look is due: video_id, whether they have expired. At most 100.
ports::Statement select_due_uploads();
ports::Statement look_again_later(base::VideoId id);
ports::Statement complete_upload(base::VideoId id);  // touches one open upload, and must

}  // namespace luot::uploads
