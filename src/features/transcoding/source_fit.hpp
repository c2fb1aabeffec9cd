// What of a source can be used as it is. Pure.
#pragma once

#include "ports/media_tool.hpp"

namespace luot::transcoding {

// Whether players take its streams in a new container: H.264 up to High, 4:2:0, 8 bits, at most 1080p and 8 Mbit/s,
// upright, key frames at most 5 s apart, with AAC or without sound, picture and sound within 40 ms.
bool can_remux(const ports::MediaInfo& info);

// Whether its streams, remuxed, are as good as that rung made anew: its size, within its bitrate and frame rate, with
// key frames where the other rungs have theirs (it may have more).
bool can_stand_for(const ports::MediaInfo& info, const ports::Rung& rung);

// Whether every rung may have its sound as it is.
bool can_copy_sound(const ports::MediaInfo& info);

}  // namespace luot::transcoding
