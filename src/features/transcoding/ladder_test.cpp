#include "features/transcoding/ladder.hpp"

#include <gmock/gmock.h>

#include <set>

namespace luot::transcoding {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> shapes(int width, int height) {
  std::vector<std::string> found;
  for (const auto& rung : ladder_for(width, height))
    found.push_back(rung.quality + " " + std::to_string(rung.width) + "x" + std::to_string(rung.height));
  return found;
}

TEST(Ladder, GivesEachHeightBelowTheSourceAndItsOwn) {
  EXPECT_THAT(shapes(1920, 1080), ElementsAre("720p 1280x720", "480p 854x480", "240p 426x240"));
  EXPECT_THAT(shapes(720, 1280), ElementsAre("720p 720x1280", "480p 480x854", "240p 240x426"));
  EXPECT_THAT(shapes(464, 848), ElementsAre("480p 464x848", "240p 240x438"));
  EXPECT_THAT(shapes(642, 642), ElementsAre("720p 642x642", "480p 480x480", "240p 240x240"));
  EXPECT_THAT(shapes(426, 240), ElementsAre("240p 426x240"));
  EXPECT_THAT(shapes(161, 121), ElementsAre("240p 160x120"));
  EXPECT_THAT(shapes(32, 18), ElementsAre("240p 32x18"));
  EXPECT_THAT(shapes(1, 1), ElementsAre("240p 2x2"));
  EXPECT_THAT(shapes(8191, 3), ElementsAre("240p 5460x2"));
}

TEST(Ladder, IsEvenNamedOnceAndNeverUpscaledForEverySize) {
  for (int width = 2; width < 2600; width += 37) {
    for (int height = 2; height < 2600; height += 41) {
      std::set<std::string> names;
      for (const auto& rung : ladder_for(width, height)) {
        EXPECT_TRUE(names.insert(rung.quality).second) << width << "x" << height;
        EXPECT_EQ(rung.width % 2 + rung.height % 2, 0) << width << "x" << height;
        EXPECT_LE(rung.width, width) << height;
        EXPECT_LE(rung.height, height) << width;
      }
    }
  }
}

TEST(Ladder, SmallRungsTakeLess) {
  const auto rungs = ladder_for(720, 1280);
  EXPECT_EQ(rungs.front().max_bitrate, 3'060'000);
  EXPECT_LT(2 * rungs[2].max_bitrate, rungs[1].max_bitrate);
  EXPECT_EQ(rungs[1].max_frame_rate, 60);
  EXPECT_EQ(rungs[2].max_frame_rate, 30);
}

TEST(Ladder, SourcesAboveItKeepTheirOwnName) {
  EXPECT_EQ(quality_name(1080), "1080p");
  EXPECT_EQ(quality_name(500), "720p");
}

}  // namespace
}  // namespace luot::transcoding
