#include "adapters/ffmpeg/stills.hpp"

#include <algorithm>

namespace luot::ffmpeg {

std::string_view sharpest(std::string_view pictures) {
  // ITU-T T.81: within a picture no marker follows another byte 0xff without what it stands for, and this one is first.
  constexpr std::string_view kStart = "\xff\xd8\xff";
  std::string_view best;
  for (auto start = pictures.find(kStart); start != std::string_view::npos;) {
    const auto next = pictures.find(kStart, start + kStart.size());
    const auto picture = pictures.substr(start, std::min(next, pictures.size()) - start);
    if (picture.size() > best.size()) best = picture;
    start = next;
  }
  return best;
}

}  // namespace luot::ffmpeg
