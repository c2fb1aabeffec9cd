#include "features/transcoding/source_fit.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "features/transcoding/ladder.hpp"

namespace luot::transcoding {
namespace {

using ports::MediaInfo;

MediaInfo phone_clip() {
  MediaInfo info;
  info.container = "mov,mp4,m4a,3gp,3g2,mj2";
  info.duration = 10;
  info.start = -0.021;
  info.video.codec = "h264";
  info.video.profile = "High";
  info.video.pixel_format = "yuv420p";
  info.video.width = 720;
  info.video.height = 1280;
  info.video.frame_rate = 30;
  info.video.bit_rate = 2'500'000;
  info.video.timing = ports::VideoTiming{2, true, false};
  info.audio = ports::AudioTrack{};
  info.audio->codec = "aac";
  info.audio->profile = "LC";
  info.audio->channels = 2;
  info.audio->start = -0.021;
  info.audio->sample_rate = 44'100;
  info.audio->bit_rate = 128'000;
  info.audio->gapless = true;
  return info;
}

const ports::Rung kTop = ladder_for(720, 1280).front();

using Change = std::function<void(MediaInfo&)>;

MediaInfo with(const Change& change) {
  auto info = phone_clip();
  change(info);
  return info;
}

TEST(SourceFit, TakesAPhoneClipAsItIs) {
  EXPECT_TRUE(can_remux(phone_clip()));
  EXPECT_TRUE(can_stand_for(phone_clip(), kTop));
  EXPECT_TRUE(can_copy_sound(phone_clip()));
  EXPECT_TRUE(can_stand_for(with([](auto& info) { info.audio.reset(); }), kTop));
}

TEST(SourceFit, RemuxesWhatPlayersTakeOnly) {
  const std::vector<Change> changes{
      [](auto& info) { info.video.codec = "hevc"; },
      [](auto& info) { info.video.profile = "High 10"; },
      [](auto& info) { info.video.pixel_format = "yuv422p"; },
      [](auto& info) { info.video.turned = true; },
      [](auto& info) { info.video.square_pixels = false; },
      [](auto& info) { info.video.interlaced = true; },
      [](auto& info) { info.video.transfer = ports::Transfer::kHlg; },
      [](auto& info) { info.video.bit_rate = 9'000'000; },
      [](auto& info) { info.video.frame_rate = 120; },
      [](auto& info) { info.video.height = 1281; },
      [](auto& info) { info.video.timing.reset(); },
      [](auto& info) { info.video.timing->longest_key_interval = 6; },
      [](auto& info) { info.video.timing->trimmed = true; },
      [](auto& info) { info.audio->codec = "mp3"; },
      [](auto& info) { info.audio->profile = "HE-AAC"; },
      [](auto& info) { info.audio->channels = 6; },
      [](auto& info) { info.audio->start = 0.05; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i)
    EXPECT_FALSE(can_remux(with(changes[i]))) << i;
}

TEST(SourceFit, ARemuxThatIsNoRungIsStillPublished) {
  const std::vector<Change> changes{
      [](auto& info) { info.video.height = 1278; },
      [](auto& info) { info.video.bit_rate = 4'000'000; },
      [](auto& info) { info.video.timing->keys_on_grid = false; },
      [](auto& info) { info.audio->gapless = false; },
      [](auto& info) { info.container = "matroska,webm"; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto info = with(changes[i]);
    EXPECT_TRUE(can_remux(info)) << i;
    EXPECT_FALSE(can_stand_for(info, kTop)) << i;
  }
}

TEST(SourceFit, CopiesSoundThatEveryRungMayHave) {
  const std::vector<Change> changes{
      [](auto& info) { info.audio.reset(); },
      [](auto& info) { info.audio->gapless = false; },
      [](auto& info) { info.audio->bit_rate = 0; },
      [](auto& info) { info.audio->bit_rate = 320'000; },
      [](auto& info) { info.audio->sample_rate = 8'000; },
      [](auto& info) { info.audio->start = 0.5; },
      [](auto& info) { info.audio->codec = "opus"; },
      [](auto& info) { info.container = "mpegts"; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i)
    EXPECT_FALSE(can_copy_sound(with(changes[i]))) << i;
  EXPECT_TRUE(can_copy_sound(with([](auto& info) { info.video.codec = "hevc"; })));
}

}  // namespace
}  // namespace luot::transcoding
