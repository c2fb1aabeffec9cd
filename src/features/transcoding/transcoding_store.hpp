// SQL about the processing of videos.
#pragma once

#include "features/transcoding/progress.hpp"

namespace luot::transcoding {

ports::Statement select_progress(base::VideoId id);
Progress read_progress(const ports::Row& row);

}  // namespace luot::transcoding
