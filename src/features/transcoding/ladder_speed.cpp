#include "features/transcoding/ladder_speed.hpp"

#include <algorithm>
#include <thread>

namespace luot::transcoding {
namespace {

// Measured with ffmpeg 5.1 on a 2 GHz core: some 5 ns to decode a pixel of H.264, 20 ns to scale and encode one. A
// first guess, which the first job corrects. An ffmpeg of this kind hardly fills more than two cores.
constexpr double kFirstGuess = 5e-9;
constexpr double kMostCores = 2;
constexpr double kEncoding = 4;
constexpr double kOtherCodecs = 2;   // HEVC, VP9, AV1
constexpr double kToneMapping = 20;  // in floating point
constexpr double kUnknownRate = 30;
constexpr double kTooShort = 1;  // seconds: such a job's time is mostly ffmpeg's start
constexpr double kMemory = 0.5;  // of what was learnt before

// Pixels, weighed by what is done to them.
double work(const ports::MediaInfo& info, const std::vector<ports::Rung>& rungs, double longest) {
  const auto& video = info.video;
  double pixels = static_cast<double>(video.width) * video.height * (video.codec == "h264" ? 1 : kOtherCodecs);
  for (const auto& rung : rungs) {
    const bool mapped = &rung == &rungs.front() && video.transfer != ports::Transfer::kSdr;
    pixels += static_cast<double>(rung.width) * rung.height * (kEncoding + (mapped ? kToneMapping : 0));
  }
  const double rate = video.frame_rate > 0 ? std::min(video.frame_rate, 120.0) : kUnknownRate;
  return pixels * rate * std::min(info.duration.value_or(longest), longest);
}

}  // namespace

LadderSpeed::LadderSpeed()
    : seconds_a_pixel_(kFirstGuess /
                       std::clamp(static_cast<double>(std::thread::hardware_concurrency()), 1.0, kMostCores)) {
}

double LadderSpeed::expect(const ports::MediaInfo& info, const std::vector<ports::Rung>& rungs, double longest) const {
  return work(info, rungs, longest) * seconds_a_pixel_;
}

void LadderSpeed::learn(const ports::MediaInfo& info, const std::vector<ports::Rung>& rungs, double longest,
                        std::chrono::duration<double> took) {
  const double pixels = work(info, rungs, longest);
  if (took.count() < kTooShort || pixels <= 0) return;
  // Two jobs may learn at once; that the later one wins does no harm.
  seconds_a_pixel_ = kMemory * seconds_a_pixel_ + (1 - kMemory) * took.count() / pixels;
}

}  // namespace luot::transcoding
