// All SQL about uploads.
#pragma once

#include "features/uploads/uploads.hpp"

namespace luot::uploads {

ports::Statement insert_upload(base::VideoId id, const std::string& key, const NewUpload& upload,
                               std::chrono::seconds life);
ports::Statement select_upload(base::VideoId id);
Upload read_upload(const ports::Row& row);
ports::Statement complete_upload(base::VideoId id);  // touches one open upload, and must

}  // namespace luot::uploads
