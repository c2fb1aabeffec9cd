// ffprobe's JSON as MediaInfo.
#pragma once

#include <string_view>

#include "adapters/ffmpeg/packets.hpp"

namespace luot::ffmpeg {

// `packets` of the same file; without any, the header alone tells. Errors: not_a_video, no_video_track,
// picture_too_large.
base::Result<ports::MediaInfo> read_probe(std::string_view json, const Packets& packets = {});

base::Error not_a_video();

}  // namespace luot::ffmpeg
