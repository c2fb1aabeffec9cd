// JPEGs that follow each other in one file.
#pragma once

#include <string_view>

namespace luot::ffmpeg {

// Of pictures that were coded alike, the largest has the most detail: it is not black, and not out of focus. Empty
// where there is none.
std::string_view sharpest(std::string_view pictures);

}  // namespace luot::ffmpeg
