#include "features/feed/first_pages.hpp"

#include <gtest/gtest.h>

#include "features/feed/feed.hpp"

namespace luot::feed {
namespace {

using namespace std::chrono_literals;

TEST(FirstPages, LiveForASecond) {
  FirstPages pages;
  const auto start = FirstPages::Clock::now();
  const auto text = std::make_shared<const std::string>("page");
  EXPECT_EQ(pages.find(Kind::kHot, 20, start), nullptr);
  pages.keep(Kind::kHot, 20, text, start);
  EXPECT_EQ(pages.find(Kind::kHot, 20, start + 700ms), text);
  EXPECT_EQ(pages.find(Kind::kHot, 21, start), nullptr);
  EXPECT_EQ(pages.find(Kind::kNew, 20, start), nullptr);
  EXPECT_EQ(pages.find(Kind::kHot, 20, start + 1s), nullptr);
}

TEST(FirstPages, OneMakesTheNextWhileTheOthersHaveThis) {
  FirstPages pages;
  const auto start = FirstPages::Clock::now();
  const auto text = std::make_shared<const std::string>("page");
  pages.keep(Kind::kHot, 20, text, start);
  EXPECT_EQ(pages.find(Kind::kHot, 20, start + 900ms), nullptr);
  EXPECT_EQ(pages.find(Kind::kHot, 20, start + 901ms), text);
  EXPECT_EQ(pages.find(Kind::kHot, 20, start + 1001ms), nullptr) << "the one may have failed";
  const auto next = std::make_shared<const std::string>("next");
  pages.keep(Kind::kHot, 20, next, start + 900ms);
  EXPECT_EQ(pages.find(Kind::kHot, 20, start + 1001ms), next);
}

}  // namespace
}  // namespace luot::feed
