// ffprobe's JSON as MediaInfo.
#pragma once

#include <string_view>

#include "ports/media_tool.hpp"

namespace luot::ffmpeg {

// Errors: not_a_video, no_video_track, picture_too_large.
base::Result<ports::MediaInfo> read_probe(std::string_view json);

base::Error not_a_video();

// The longest time between two key frames, in seconds, from ffprobe's "pts_time,flags" lines.
double longest_key_interval(std::string_view packets);

}  // namespace luot::ffmpeg
