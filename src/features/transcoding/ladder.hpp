// Which renditions a source gets. Pure.
#pragma once

#include <string>
#include <vector>

#include "ports/media_tool.hpp"

namespace luot::transcoding {

// Each ladder height (240, 480, 720 of the short side) below the source's short side, and on top the source's own
// short side, at most 720, rounded down to even and named after the next ladder height up (464 is that source's
// "480p"). Never upscaled, but for a side of one pixel, since H.264 in 4:2:0 has even sizes only. Largest first. Sizes
// are as a viewer sees them, in square pixels. Up to 60 frames a second, on the smallest rung 30: it is for those who
// have little of everything.
std::vector<ports::Rung> ladder_for(int width, int height);

// The name of a file in the source's own size: after the next ladder height up, or its short side above 720.
std::string quality_name(int short_side);

}  // namespace luot::transcoding
