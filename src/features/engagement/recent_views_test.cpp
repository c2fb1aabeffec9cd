#include "features/engagement/recent_views.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/result.hpp"

namespace luot::engagement {
namespace {

using namespace std::chrono_literals;

const base::Time kNow{1'800'000'000s};
const base::VideoId kVideo{7};
const Watcher kLan{"lan", "net"};

Reached glimpse(std::int64_t ms = 500) {
  return {.watched_ms = ms};
}
Reached enough(std::int64_t ms = 3000) {
  return {.threshold = true, .watched_ms = ms};
}
Reached all(std::int64_t ms = 10'000) {
  return {.threshold = true, .end = true, .watched_ms = ms};
}

TEST(RecentViews, CountsEachThingOnceInAWindow) {
  RecentViews views{std::nullopt};
  auto first = views.claim(kVideo, kLan, glimpse(), kNow);
  EXPECT_TRUE(first.added.start);
  EXPECT_FALSE(first.added.view);
  EXPECT_EQ(first.why_not, NotCounted::kThreshold);
  EXPECT_EQ(first.added.watched_ms, 500);

  auto second = views.claim(kVideo, kLan, enough(), kNow + 3s);
  EXPECT_FALSE(second.added.start);
  EXPECT_TRUE(second.added.view);
  EXPECT_EQ(second.added.watched_ms, 2500);

  auto third = views.claim(kVideo, kLan, all(), kNow + 10s);
  EXPECT_FALSE(third.added.view);
  EXPECT_TRUE(third.added.completion);
  EXPECT_EQ(third.added.watched_ms, 7000);
  EXPECT_EQ(third.why_not, NotCounted::kAlready);

  EXPECT_FALSE(views.claim(kVideo, kLan, all(), kNow + 11s).added.anything());
  EXPECT_TRUE(views.claim(base::VideoId{8}, kLan, all(), kNow + 11s).added.view);
  EXPECT_TRUE(views.claim(kVideo, {"binh", "net"}, all(), kNow + 11s).added.view);
}

TEST(RecentViews, TheWindowBeginsWithTheViewThatCounted) {
  RecentViews views{std::nullopt};
  views.claim(kVideo, kLan, glimpse(), kNow);
  EXPECT_TRUE(views.claim(kVideo, kLan, enough(), kNow + 20min).added.view);
  EXPECT_FALSE(views.claim(kVideo, kLan, enough(), kNow + 49min).added.view);
  EXPECT_TRUE(views.claim(kVideo, kLan, enough(), kNow + 50min).added.view);
}

TEST(RecentViews, WhatCouldNotBeStoredMayBeClaimedAgain) {
  RecentViews views{1};
  const auto lost = views.claim(kVideo, kLan, all(), kNow);
  views.take_back(kVideo, kLan, lost.added);
  const auto again = views.claim(kVideo, kLan, all(), kNow + 1s);
  EXPECT_TRUE(again.added.start && again.added.view && again.added.completion);
  EXPECT_EQ(again.added.watched_ms, 10'000);
}

TEST(RecentViews, ANetworkCountsSoManyAndNoMore) {
  RecentViews views{2};
  EXPECT_TRUE(views.claim(kVideo, {"a", "net"}, enough(), kNow).added.view);
  EXPECT_TRUE(views.claim(kVideo, {"b", "net"}, enough(), kNow).added.view);
  const auto third = views.claim(kVideo, {"c", "net"}, enough(), kNow);
  EXPECT_EQ(third.why_not, NotCounted::kNetworkLimit);
  EXPECT_TRUE(third.added.start) << "what was watched is still told apart";
  EXPECT_TRUE(views.claim(kVideo, {"d", "elsewhere"}, enough(), kNow).added.view);
  EXPECT_TRUE(views.claim(kVideo, {"c", "net"}, enough(), kNow + 30min).added.view);
}

TEST(RecentViews, GoesOnAfterARestart) {
  RecentViews views{2};
  views.restore(kVideo, kLan, {.start = true, .view = true, .watched_ms = 3000}, kNow);
  views.restore(kVideo, {"binh", "net"}, {.start = true, .view = true, .watched_ms = 3000}, kNow);
  const auto more = views.claim(kVideo, kLan, all(), kNow + 1min);
  EXPECT_FALSE(more.added.start || more.added.view);
  EXPECT_TRUE(more.added.completion);
  EXPECT_EQ(more.added.watched_ms, 7000);
  EXPECT_EQ(views.claim(kVideo, {"chi", "net"}, all(), kNow + 1min).why_not, NotCounted::kNetworkLimit);
  EXPECT_TRUE(views.claim(kVideo, kLan, all(), kNow + 30min).added.view);
}

TEST(RecentViews, AClockThatWasSetBackDelaysNobodyForLong) {
  RecentViews views{std::nullopt};
  views.claim(kVideo, kLan, enough(), kNow);
  EXPECT_FALSE(views.claim(kVideo, kLan, enough(), kNow - 24h).added.view);
  EXPECT_TRUE(views.claim(kVideo, kLan, enough(), kNow - 24h + 30min).added.view);
}

TEST(RecentViews, OneOfManyAtOnceCounts) {
  RecentViews views{std::nullopt};
  std::atomic<int> counted{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int video = 0; video < 1000; ++video)
          counted += views.claim(base::VideoId{video}, kLan, enough(), kNow).added.view ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(counted, 1000);
}

TEST(RecentViews, WhatIsPastItsWindowIsForgottenBeforeAnythingIsRefused) {
  RecentViews views{std::nullopt};
  for (int round = 0; round < 3; ++round) {
    for (std::int64_t video = 0; video < 1'000'000; ++video)
      views.claim(base::VideoId{video}, kLan, glimpse(), kNow + round * 30min);
  }
  const auto flood = [&] {
    for (std::int64_t video = 1'000'000; video < 3'000'000; ++video)
      views.claim(base::VideoId{video}, kLan, glimpse(), kNow + 60min);
  };
  EXPECT_THROW(flood(), base::Unavailable);
}

}  // namespace
}  // namespace luot::engagement
