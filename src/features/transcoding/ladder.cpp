#include "features/transcoding/ladder.hpp"

#include <array>
#include <cmath>

namespace luot::transcoding {
namespace {

constexpr std::array kHeights{240, 480, 720};

int even_at_least_two(double size) {
  return std::max(2, static_cast<int>(std::lround(size / 2)) * 2);
}

ports::Rung rung(int short_target, int width, int height) {
  const double scale = static_cast<double>(short_target) / std::min(width, height);
  const int long_side = even_at_least_two(std::max(width, height) * scale);
  const auto name = quality_name(short_target);
  return width >= height ? ports::Rung{name, long_side, short_target} : ports::Rung{name, short_target, long_side};
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
