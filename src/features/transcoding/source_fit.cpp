#include "features/transcoding/source_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace luot::transcoding {
namespace {

constexpr std::int64_t kMaxRemuxBitrate = 8'000'000;
constexpr double kMaxKeyInterval = 5;  // seconds
constexpr int kMaxRemuxSide = 1080;    // the shorter one
// Seconds by which picture and sound may be apart; ITU-R BT.1359-1: viewers notice sound that comes 45 ms early.
constexpr double kTogether = 0.04;
constexpr std::int64_t kMaxSoundBitrate = 200'000;
constexpr int kLeastSampleRate = 32'000;
constexpr int kMostSampleRate = 48'000;

bool is_plain_h264(const ports::VideoTrack& video) {
  constexpr std::array kProfiles{"Constrained Baseline", "Baseline", "Main", "High"};
  return video.codec == "h264" && std::ranges::find(kProfiles, video.profile) != kProfiles.end() &&
         video.pixel_format == "yuv420p" && video.square_pixels && !video.turned && !video.interlaced &&
         video.transfer == ports::Transfer::kSdr && video.width % 2 == 0 && video.height % 2 == 0;
}

bool is_plain_aac(const ports::AudioTrack& audio) {
  return audio.codec == "aac" && audio.profile == "LC" && audio.channels <= 2;
}

// Other containers may change a track's parameters on their way.
bool is_mp4(const ports::MediaInfo& info) {
  return info.container.starts_with("mov,mp4");
}

}  // namespace

bool can_remux(const ports::MediaInfo& info) {
  const auto& video = info.video;
  const bool picture = is_plain_h264(video) && std::min(video.width, video.height) <= kMaxRemuxSide &&
                       video.frame_rate <= 61 && video.bit_rate > 0 && video.bit_rate <= kMaxRemuxBitrate;
  const bool sound = !info.audio || is_plain_aac(*info.audio);
  const bool together = !info.audio || std::abs(std::max(0.0, info.audio->start) - video.start) < kTogether;
  return picture && sound && together && info.duration && std::abs(info.start) < 0.1 && video.timing &&
         !video.timing->trimmed && video.timing->longest_key_interval <= kMaxKeyInterval;
}

bool can_stand_for(const ports::MediaInfo& info, const ports::Rung& rung) {
  const auto& video = info.video;
  return can_remux(info) && is_mp4(info) && video.width == rung.width && video.height == rung.height &&
         video.bit_rate <= rung.max_bitrate && video.frame_rate <= rung.max_frame_rate + 0.5 &&
         video.start < kTogether && video.timing->keys_on_grid && (!info.audio || can_copy_sound(info));
}

bool can_copy_sound(const ports::MediaInfo& info) {
  if (!info.audio) return false;
  const auto& audio = *info.audio;
  return is_mp4(info) && is_plain_aac(audio) && audio.gapless && audio.bit_rate > 0 &&
         audio.bit_rate <= kMaxSoundBitrate && audio.sample_rate >= kLeastSampleRate &&
         audio.sample_rate <= kMostSampleRate && std::abs(audio.start) < kTogether && info.start <= 0;
}

}  // namespace luot::transcoding
