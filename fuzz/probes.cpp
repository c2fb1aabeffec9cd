// What ffprobe says about hostile files: its JSON, and its lines of packets.
#include "adapters/ffmpeg/probe.hpp"

#include <cmath>
#include <set>
#include <sstream>

#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

void check_finite(double number) {
  require(std::isfinite(number), "numbers are finite");
}

void check_info(const ports::MediaInfo& info) {
  const auto& video = info.video;
  require(video.width >= 1 && video.width <= 8192 && video.height >= 1 && video.height <= 8192,
          "a picture's sides are those that we take");
  require(video.index >= 0 && video.bit_rate >= 0 && video.frame_rate >= 0, "counts are not negative");
  require(!info.duration || *info.duration >= 0, "a video lasts some time, or nobody knows");
  require(!info.audio || (info.audio->index >= 0 && info.audio->channels > 0), "sound has channels");
  for (const double number :
       {video.frame_rate, video.start, info.start, info.duration.value_or(0), info.audio ? info.audio->start : 0.0})
    check_finite(number);
}

// Its lines as packets of a video that the header of a well-formed file tells of.
void check_packets(std::string_view input) {
  constexpr std::string_view kHeader = R"({"streams": [
    {"index": 0, "codec_type": "video", "codec_name": "h264", "width": 64, "height": 48},
    {"index": 1, "codec_type": "audio", "codec_name": "aac", "channels": 1}], "format": {}})";
  ffmpeg::Packets packets;
  std::istringstream lines{std::string(input)};
  for (std::string line; std::getline(lines, line);)
    packets.take(line);
  const auto info = ffmpeg::read_probe(kHeader, packets);
  if (!info) return;  // none of them was the video's
  check_info(*info);
  require(!info->video.timing || (std::isfinite(info->video.timing->longest_key_interval) &&
                                  info->video.timing->longest_key_interval >= 0),
          "an interval is a time");
  require(!info->audio || info->audio->bit_rate >= 0, "counts are not negative");
}

}  // namespace

void check(std::string_view input) {
  static const std::set<std::string> kCodes{"not_a_video", "no_video_track", "picture_too_large"};
  const auto info = ffmpeg::read_probe(input);
  if (info) {
    check_info(*info);
  } else {
    require(kCodes.contains(info.error().code), "a refusal has one of its codes");
  }
  check_packets(input);
}

}  // namespace luot::fuzz
