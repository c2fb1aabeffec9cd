#include "adapters/ffmpeg/stills.hpp"

#include <gtest/gtest.h>

#include <string>

namespace luot::ffmpeg {
namespace {

std::string jpeg(std::size_t detail) {
  return "\xff\xd8\xff\xdb" + std::string(detail, 'x') + "\xff\xd9";
}

TEST(Stills, TheLargestIsTheSharpest) {
  EXPECT_EQ(sharpest(jpeg(3) + jpeg(9) + jpeg(5)), jpeg(9));
  EXPECT_EQ(sharpest(jpeg(9) + jpeg(9)), jpeg(9));
  EXPECT_EQ(sharpest(jpeg(1)), jpeg(1));
}

TEST(Stills, WithoutAPictureThereIsNone) {
  EXPECT_TRUE(sharpest("").empty());
  EXPECT_TRUE(sharpest("no picture").empty());
}

}  // namespace
}  // namespace luot::ffmpeg
