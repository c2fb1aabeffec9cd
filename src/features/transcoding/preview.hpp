// The preview strip for scrubbing: one picture of tiles, and WebVTT cues that say which tile is when. Pure.
#pragma once

#include <string>

#include "ports/media_tool.hpp"

namespace luot::transcoding {

// At most 100 tiles, at least a second apart, 160 pixels on their long side.
ports::MediaTool::Sprites preview_layout(double duration, int width, int height);

std::string preview_cues(const ports::MediaTool::Sprites& layout, double duration, const std::string& image_name);

}  // namespace luot::transcoding
