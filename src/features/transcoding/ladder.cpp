#include "features/transcoding/ladder.hpp"

#include <array>
#include <cmath>

namespace luot::transcoding {
namespace {

constexpr std::array kHeights{240, 480, 720};
constexpr int kSmallest = 240;
constexpr double kSmallestFrameRate = 30;

// 3 Mbit/s for 1280x720; smaller pictures need more bits a pixel: the exponent follows Apple's HLS authoring table.
std::int64_t ceiling(int width, int height) {
  const double share = static_cast<double>(width) * height / (1280.0 * 720.0);
  return static_cast<std::int64_t>(3'000'000 * std::pow(share, 0.85)) + 60'000;
}

// The nearest even size that is no larger than the source's; a source of a single pixel's width has none.
int even_within(double size, int source) {
  const int nearest = static_cast<int>(std::lround(size / 2)) * 2;
  return std::max(2, std::min(nearest, source / 2 * 2));
}

ports::Rung rung(int short_target, int width, int height) {
  const double scale = static_cast<double>(short_target) / std::min(width, height);
  const int longest = std::max(width, height);
  const int long_side = even_within(longest * scale, longest);
  ports::Rung rung;
  rung.quality = quality_name(short_target);
  rung.width = width >= height ? long_side : short_target;
  rung.height = width >= height ? short_target : long_side;
  rung.max_bitrate = ceiling(rung.width, rung.height);
  if (short_target <= kSmallest) rung.max_frame_rate = kSmallestFrameRate;
  return rung;
}

}  // namespace

std::string quality_name(int short_side) {
  for (const int height : kHeights) {
    if (short_side <= height) return std::to_string(height) + "p";
  }
  return std::to_string(short_side) + "p";
}

std::vector<ports::Rung> ladder_for(int width, int height) {
  const int top = std::max(2, std::min(std::min(width, height), kHeights.back()) / 2 * 2);
  std::vector<ports::Rung> rungs{rung(top, width, height)};
  for (auto next = kHeights.rbegin(); next != kHeights.rend(); ++next) {
    if (*next < top) rungs.push_back(rung(*next, width, height));
  }
  return rungs;
}

}  // namespace luot::transcoding
