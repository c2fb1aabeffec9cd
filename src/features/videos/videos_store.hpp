// SQL about videos that only this room uses; the rest is declared in videos.hpp.
#pragma once

#include "features/videos/videos.hpp"

namespace luot::videos {

ports::Statement select_video(base::VideoId id);

}  // namespace luot::videos
