#include "features/feed/walk.hpp"

#include <gtest/gtest.h>

namespace luot::feed {
namespace {

TEST(Walk, APositionSurvivesItsCursor) {
  Position at;
  at.head = -5;
  at.snapshot = 1LL << 40;
  at.phase = Phase::kSeen;
  at.next = 4'000'000'000;
  at.tail = {base::Time(std::chrono::microseconds(-1)), INT64_MIN};
  const auto back = decode(encode(at));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(at));
  EXPECT_EQ(back->tail.id, INT64_MIN);
  EXPECT_EQ(back->next, 4'000'000'000U);
  EXPECT_EQ(decode(encode({}))->tail.time, base::Time::max());
}

TEST(Walk, OtherBytesAreNoPosition) {
  const auto bytes = encode({});
  EXPECT_FALSE(decode(""));
  EXPECT_FALSE(decode(bytes + "x"));
  EXPECT_FALSE(decode(std::string_view(bytes).substr(1)));
  auto newer = bytes;
  newer[0] = 2;
  EXPECT_FALSE(decode(newer));
  Position over;
  over.phase = Phase::kOver;
  EXPECT_FALSE(decode(encode(over)));
}

}  // namespace
}  // namespace luot::feed
