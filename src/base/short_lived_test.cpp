#include "base/short_lived.hpp"

#include <gtest/gtest.h>

namespace luot::base {
namespace {

using namespace std::chrono_literals;

using Texts = ShortLived<std::string>;

Texts::Shared text(const char* value) {
  return std::make_shared<const std::string>(value);
}

class ShortLivedTest : public ::testing::Test {
 protected:
  const Texts::Clock::time_point start_ = Texts::Clock::now();
  Texts texts_{160};
};

TEST_F(ShortLivedTest, LiveForASecond) {
  const auto first = text("first");
  EXPECT_EQ(texts_.find(7, start_), nullptr);
  texts_.keep(7, first, start_);
  EXPECT_EQ(texts_.find(7, start_ + 700ms), first);
  EXPECT_EQ(texts_.find(8, start_), nullptr);
  EXPECT_EQ(texts_.find(7, start_ + 1s), nullptr);
}

TEST_F(ShortLivedTest, OneMakesTheNextWhileTheOthersHaveThis) {
  const auto first = text("first");
  texts_.keep(7, first, start_);
  EXPECT_EQ(texts_.find(7, start_ + 900ms), nullptr);
  EXPECT_EQ(texts_.find(7, start_ + 901ms), first);
  EXPECT_EQ(texts_.find(7, start_ + 1001ms), nullptr) << "the one may have failed";
  const auto next = text("next");
  texts_.keep(7, next, start_ + 900ms);
  EXPECT_EQ(texts_.find(7, start_ + 1001ms), next);
}

// What was read until 10 ms after `start` is of no use any more.
void expect_forgotten_at_10ms(Texts& texts, std::int64_t key, Texts::Clock::time_point start) {
  EXPECT_EQ(texts.find(key, start + 11ms), nullptr);
  texts.keep(key, text("read before, told after"), start + 9ms);
  EXPECT_EQ(texts.find(key, start + 12ms), nullptr);
  const auto after = text("after");
  texts.keep(key, after, start + 11ms);
  EXPECT_EQ(texts.find(key, start + 12ms), after);
}

TEST_F(ShortLivedTest, WhatWasReadBeforeAChangeIsNotKept) {
  texts_.keep(7, text("before"), start_);
  texts_.forget(7, start_ + 10ms);
  expect_forgotten_at_10ms(texts_, 7, start_);
}

TEST_F(ShortLivedTest, AllCanBeForgotten) {
  texts_.keep(7, text("7"), start_);
  texts_.keep(8, text("8"), start_ + 5ms);
  texts_.forget_all(start_ + 10ms);
  expect_forgotten_at_10ms(texts_, 7, start_);
  expect_forgotten_at_10ms(texts_, 8, start_);
}

TEST_F(ShortLivedTest, AFullOneForgets) {
  Texts texts(2, 1);
  texts.keep(1, text("1"), start_);
  texts.keep(2, text("2"), start_);
  texts.forget(7, start_ + 700ms);
  texts.keep(3, text("3"), start_ + 1100ms);
  texts.keep(7, text("read before, told when there was room"), start_ + 600ms);
  EXPECT_EQ(texts.find(7, start_ + 1100ms), nullptr);
}

TEST(ShortLived, WhatIsOldMakesRoom) {
  Texts texts(2, 1);
  const auto start = Texts::Clock::now();
  texts.keep(1, text("1"), start);
  texts.keep(2, text("2"), start + 500ms);
  texts.keep(3, text("3"), start + 600ms);
  EXPECT_EQ(texts.find(3, start + 600ms), nullptr) << "both others are of use";
  texts.keep(3, text("3"), start + 1100ms);
  EXPECT_NE(texts.find(3, start + 1100ms), nullptr);
  EXPECT_EQ(texts.find(1, start + 1100ms), nullptr);
}

}  // namespace
}  // namespace luot::base
