#include "features/transcoding/preview.hpp"

#include <fmt/format.h>

#include <cmath>

namespace luot::transcoding {
namespace {

constexpr int kTiles = 100;
constexpr int kColumns = 10;
constexpr int kLongSide = 160;

std::string cue_time(double seconds) {
  const auto millis = std::llround(seconds * 1000);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", millis / 3'600'000, millis / 60'000 % 60, millis / 1000 % 60,
                     millis % 1000);
}

int scaled(int side, int longest) {
  return std::max(2, static_cast<int>(std::lround(static_cast<double>(side) * kLongSide / longest / 2)) * 2);
}

}  // namespace

ports::MediaTool::Sprites preview_layout(double duration, int width, int height) {
  ports::MediaTool::Sprites layout;
  const int longest = std::max(width, height);
  layout.width = scaled(width, longest);
  layout.height = scaled(height, longest);
  layout.interval = std::max(1.0, duration / kTiles);
  const int tiles = std::max(1, static_cast<int>(std::ceil(duration / layout.interval - 1e-6)));
  layout.columns = std::min(tiles, kColumns);
  layout.rows = (tiles + kColumns - 1) / kColumns;
  return layout;
}

std::string preview_cues(const ports::MediaTool::Sprites& layout, double duration, const std::string& image_name) {
  std::string text = "WEBVTT\n\n";
  for (int tile = 0; tile * layout.interval < duration; ++tile) {
    const double end = std::min(duration, (tile + 1) * layout.interval);
    text += fmt::format("{} --> {}\n{}#xywh={},{},{},{}\n\n", cue_time(tile * layout.interval), cue_time(end),
                        image_name, tile % layout.columns * layout.width, tile / layout.columns * layout.height,
                        layout.width, layout.height);
  }
  return text;
}

}  // namespace luot::transcoding
