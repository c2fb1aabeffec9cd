#include "adapters/ffmpeg/packets.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace luot::ffmpeg {
namespace {

// Pictures at `rate` for `seconds`, with key frames `interval` pictures apart.
Packets pictures(int rate, int seconds, int interval) {
  Packets packets;
  for (int i = 0; i < rate * seconds; ++i) {
    packets.take(fmt::format("0,{:.6f},{:.6f},100,{}", static_cast<double>(i) / rate, 1.0 / rate,
                             i % interval == 0 ? "K_" : "__"));
  }
  return packets;
}

TEST(Packets, FindTheLongestKeyInterval) {
  const auto timing = pictures(10, 9, 25).timing(0);
  ASSERT_TRUE(timing.has_value());
  EXPECT_DOUBLE_EQ(timing->longest_key_interval, 2.5);
  EXPECT_NEAR(pictures(10, 9, 1000).timing(0)->longest_key_interval, 8.9, 1e-6);
}

TEST(Packets, TellWhetherKeyFramesAreOnTheGrid) {
  EXPECT_TRUE(pictures(30, 7, 60).timing(0)->keys_on_grid);
  EXPECT_TRUE(pictures(30, 7, 30).timing(0)->keys_on_grid) << "more of them do no harm";
  EXPECT_FALSE(pictures(30, 7, 61).timing(0)->keys_on_grid);
  EXPECT_FALSE(pictures(30, 7, 120).timing(0)->keys_on_grid);
}

TEST(Packets, NoticeWhatPlayersShallNotShow) {
  EXPECT_FALSE(pictures(30, 3, 60).timing(0)->trimmed);
  for (const auto* line : {"0,0.5,0.04,100,_D", "0,-0.5,0.04,100,__", "0,N/A,0.04,100,__", "0,nan,0.04,100,__"}) {
    auto packets = pictures(30, 3, 60);
    packets.take(line);
    EXPECT_TRUE(packets.timing(0)->trimmed) << line;
    EXPECT_FALSE(packets.timing(0)->keys_on_grid) << line;
  }
}

TEST(Packets, FindGapsInSound) {
  Packets packets;
  packets.take("1,-0.021333,N/A,300,KD,");  // its priming
  packets.take("1,0.000000,0.021333,300,K_");
  packets.take("1,0.021333,0.021333,300,K_");
  EXPECT_TRUE(packets.gapless(1));
  EXPECT_NEAR(static_cast<double>(packets.bit_rate(1)), 900 * 8 / 0.064, 5);
  packets.take("1,0.142666,0.021333,300,K_");
  EXPECT_FALSE(packets.gapless(1));
}

TEST(Packets, LeaveNonsenseOut) {
  Packets packets;
  for (const auto* line : {"", "x", "0", "-1,0,0,1,K", "0,0,0,-1,K", ",,,,", "0,0.0,0.04,99999999999,K_"})
    packets.take(line);
  EXPECT_TRUE(packets.empty());
  EXPECT_FALSE(packets.timing(0).has_value());
  EXPECT_FALSE(packets.end(0).has_value());
  EXPECT_EQ(packets.bit_rate(0), 0);
  EXPECT_FALSE(packets.gapless(0));
}

}  // namespace
}  // namespace luot::ffmpeg
