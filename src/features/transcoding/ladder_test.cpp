#include "features/transcoding/ladder.hpp"

#include <gmock/gmock.h>

#include <set>

namespace luot::transcoding {
namespace {

using ports::Rung;
using ::testing::ElementsAre;

TEST(Ladder, GivesEachHeightBelowTheSourceAndItsOwn) {
  EXPECT_THAT(ladder_for(1920, 1080),
              ElementsAre(Rung{"720p", 1280, 720}, Rung{"480p", 854, 480}, Rung{"240p", 426, 240}));
  EXPECT_THAT(ladder_for(720, 1280),
              ElementsAre(Rung{"720p", 720, 1280}, Rung{"480p", 480, 854}, Rung{"240p", 240, 426}));
  EXPECT_THAT(ladder_for(464, 848), ElementsAre(Rung{"480p", 464, 848}, Rung{"240p", 240, 438}));
  EXPECT_THAT(ladder_for(642, 642),
              ElementsAre(Rung{"720p", 642, 642}, Rung{"480p", 480, 480}, Rung{"240p", 240, 240}));
  EXPECT_THAT(ladder_for(426, 240), ElementsAre(Rung{"240p", 426, 240}));
  EXPECT_THAT(ladder_for(161, 121), ElementsAre(Rung{"240p", 160, 120}));
  EXPECT_THAT(ladder_for(32, 18), ElementsAre(Rung{"240p", 32, 18}));
  EXPECT_THAT(ladder_for(1, 1), ElementsAre(Rung{"240p", 2, 2}));
}

TEST(Ladder, IsEvenNamedOnceAndNeverUpscaledForEverySize) {
  for (int width = 2; width < 2600; width += 37) {
    for (int height = 2; height < 2600; height += 41) {
      std::set<std::string> names;
      for (const auto& rung : ladder_for(width, height)) {
        EXPECT_TRUE(names.insert(rung.quality).second) << width << "x" << height;
        EXPECT_EQ(rung.width % 2 + rung.height % 2, 0) << width << "x" << height;
        EXPECT_LE(std::min(rung.width, rung.height), std::min(width, height)) << width << "x" << height;
      }
    }
  }
}

TEST(Ladder, SourcesAboveItKeepTheirOwnName) {
  EXPECT_EQ(quality_name(1080), "1080p");
  EXPECT_EQ(quality_name(500), "720p");
}

}  // namespace
}  // namespace luot::transcoding
