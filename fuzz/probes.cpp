// What ffprobe says about hostile files: its JSON, and its lines of packets.
#include "adapters/ffmpeg/probe.hpp"

#include <cmath>
#include <set>

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

}  // namespace

void check(std::string_view input) {
  static const std::set<std::string> kCodes{"not_a_video", "no_video_track", "picture_too_large"};
  const auto info = ffmpeg::read_probe(input);
  if (info) {
    check_info(*info);
  } else {
    require(kCodes.contains(info.error().code), "a refusal has one of its codes");
  }
  const double interval = ffmpeg::longest_key_interval(input);
  require(std::isfinite(interval) && interval >= 0, "an interval is a time");
  require(ffmpeg::longest_key_interval("nan,K__\ninf,K__\n" + std::string(input)) == interval,
          "a time that is none hides nothing");
}

}  // namespace luot::fuzz
