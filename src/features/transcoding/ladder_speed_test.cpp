#include "features/transcoding/ladder_speed.hpp"

#include <gtest/gtest.h>

#include "features/transcoding/ladder.hpp"

namespace luot::transcoding {
namespace {

constexpr double kLongest = 600;

ports::MediaInfo clip(const std::string& codec, double seconds) {
  ports::MediaInfo info;
  info.duration = seconds;
  info.video.codec = codec;
  info.video.width = 1080;
  info.video.height = 1920;
  info.video.frame_rate = 30;
  return info;
}

TEST(LadderSpeed, GrowsWithTheWork) {
  const LadderSpeed speed;
  const auto rungs = ladder_for(1080, 1920);
  const double minute = speed.expect(clip("h264", 60), rungs, kLongest);
  EXPECT_NEAR(speed.expect(clip("h264", 120), rungs, kLongest), 2 * minute, 1e-9);
  EXPECT_GT(speed.expect(clip("hevc", 60), rungs, kLongest), minute);
  auto hdr = clip("h264", 60);
  hdr.video.transfer = ports::Transfer::kHlg;
  EXPECT_GT(speed.expect(hdr, rungs, kLongest), 2 * minute);
  EXPECT_LT(speed.expect(clip("h264", 60), {rungs.back()}, kLongest), minute / 2);
}

TEST(LadderSpeed, AMinuteOf1080pIsALongWaitAtFirstAndTenSecondsAreNot) {
  const LadderSpeed speed;
  const auto rungs = ladder_for(1080, 1920);
  EXPECT_GT(speed.expect(clip("hevc", 60), rungs, kLongest), 20);
  EXPECT_LT(speed.expect(clip("hevc", 10), rungs, kLongest), 20);
}

TEST(LadderSpeed, LearnsFromWhatJobsTook) {
  LadderSpeed speed;
  const auto info = clip("hevc", 60);
  const auto rungs = ladder_for(1080, 1920);
  for (int i = 0; i < 20; ++i)
    speed.learn(info, rungs, kLongest, std::chrono::seconds(5));
  EXPECT_NEAR(speed.expect(info, rungs, kLongest), 5, 0.01);
  speed.learn(info, rungs, kLongest, std::chrono::milliseconds(1));
  EXPECT_NEAR(speed.expect(info, rungs, kLongest), 5, 0.01) << "a job that was over at once says nothing";
}

TEST(LadderSpeed, UnknownLengthCountsAsTheLongest) {
  const LadderSpeed speed;
  auto info = clip("h264", 1);
  info.duration.reset();
  const auto rungs = ladder_for(1080, 1920);
  EXPECT_NEAR(speed.expect(info, rungs, 30), speed.expect(clip("h264", 30), rungs, kLongest), 1e-9);
}

}  // namespace
}  // namespace luot::transcoding
