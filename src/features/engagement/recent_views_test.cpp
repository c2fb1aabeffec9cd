#include "features/engagement/recent_views.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace luot::engagement {
namespace {

using namespace std::chrono_literals;

const base::Time kNow{1'800'000'000s};
const base::VideoId kVideo{7};
const Watcher kLan{"lan", "net"};
const base::Time kIssued = kNow - 1min;

Reached glimpse(std::int64_t ms = 500) {
  return {.watched_ms = ms, .issued = kIssued};
}
Reached enough(std::int64_t ms = 3000) {
  return {.threshold = true, .watched_ms = ms, .issued = kIssued};
}
Reached all(std::int64_t ms = 10'000) {
  return {.threshold = true, .end = true, .watched_ms = ms, .issued = kIssued};
}

// A claim whose report was stored.
RecentViews::Outcome stored(RecentViews& views, base::VideoId video, const Watcher& who, Reached reached,
                            base::Time now) {
  const auto outcome = views.claim(video, who, reached, now);
  views.confirm(video, who, outcome.added);
  return outcome;
}

TEST(RecentViews, CountsEachThingOnceInAWindow) {
  RecentViews views{std::nullopt};
  auto first = stored(views, kVideo, kLan, glimpse(), kNow);
  EXPECT_TRUE(first.added.start);
  EXPECT_FALSE(first.added.view);
  EXPECT_EQ(first.why_not, NotCounted::kThreshold);
  EXPECT_EQ(first.added.watched_ms, 500);

  auto second = stored(views, kVideo, kLan, enough(), kNow + 3s);
  EXPECT_FALSE(second.added.start);
  EXPECT_TRUE(second.added.view);
  EXPECT_EQ(second.added.watched_ms, 2500);

  auto third = stored(views, kVideo, kLan, all(), kNow + 10s);
  EXPECT_FALSE(third.added.view);
  EXPECT_TRUE(third.added.completion);
  EXPECT_EQ(third.added.watched_ms, 7000);
  EXPECT_EQ(third.why_not, NotCounted::kAlready);

  EXPECT_FALSE(stored(views, kVideo, kLan, all(), kNow + 11s).added.anything());
  EXPECT_TRUE(stored(views, base::VideoId{8}, kLan, all(), kNow + 11s).added.view);
  EXPECT_TRUE(stored(views, kVideo, {"binh", "net"}, all(), kNow + 11s).added.view);
}

TEST(RecentViews, TheWindowBeginsWithTheViewThatCounted) {
  RecentViews views{std::nullopt};
  stored(views, kVideo, kLan, glimpse(), kNow);
  EXPECT_TRUE(stored(views, kVideo, kLan, enough(), kNow + 20min).added.view);
  EXPECT_FALSE(stored(views, kVideo, kLan, enough(), kNow + 49min).added.view);
  EXPECT_TRUE(stored(views, kVideo, kLan, enough(), kNow + 50min).added.view);
}

TEST(RecentViews, WhatCouldNotBeStoredMayBeClaimedAgainInDoubt) {
  RecentViews views{1};
  const auto lost = views.claim(kVideo, kLan, all(), kNow);
  EXPECT_FALSE(lost.in_doubt);
  views.take_back(kVideo, kLan, lost.added, kNow);
  const auto again = stored(views, kVideo, kLan, all(), kNow + 1s);
  EXPECT_TRUE(again.added.start && again.added.view && again.added.completion);
  EXPECT_EQ(again.added.watched_ms, 10'000);
  ASSERT_TRUE(again.in_doubt) << "the first may have been stored after all";
  EXPECT_LE(*again.in_doubt, kNow);
  EXPECT_FALSE(stored(views, kVideo, kLan, all(), kNow + 31min).in_doubt);
}

TEST(RecentViews, NothingIsToldOfAViewThatIsNotStoredYet) {
  RecentViews views{std::nullopt};
  const auto first = views.claim(kVideo, kLan, enough(), kNow);
  EXPECT_EQ(views.claim(kVideo, kLan, all(), kNow).why_not, NotCounted::kPending);
  EXPECT_FALSE(views.claim(kVideo, kLan, all(), kNow).added.anything());
  views.confirm(kVideo, kLan, first.added);
  EXPECT_EQ(views.claim(kVideo, kLan, all(), kNow).why_not, NotCounted::kAlready);
}

TEST(RecentViews, TimeWatchedOfOnePlayTokenIsAddedOnce) {
  RecentViews views{std::nullopt};
  stored(views, kVideo, kLan, enough(29 * 60'000), kNow);
  EXPECT_EQ(stored(views, kVideo, kLan, enough(31 * 60'000), kNow + 31min).added.watched_ms, 2 * 60'000);
  Reached other = enough(5000);
  other.issued = kIssued + 10min;
  EXPECT_EQ(stored(views, kVideo, kLan, other, kNow + 32min).added.watched_ms, 5000);
}

TEST(RecentViews, ANetworkCountsSoManyAndNoMore) {
  RecentViews views{2};
  EXPECT_TRUE(stored(views, kVideo, {"a", "net"}, enough(), kNow).added.view);
  EXPECT_TRUE(stored(views, kVideo, {"b", "net"}, enough(), kNow).added.view);
  const auto third = stored(views, kVideo, {"c", "net"}, enough(), kNow);
  EXPECT_EQ(third.why_not, NotCounted::kNetworkLimit);
  EXPECT_TRUE(third.added.start) << "what was watched is still told apart";
  EXPECT_FALSE(stored(views, kVideo, {"c", "net"}, all(), kNow).added.completion)
      << "who does not count completes nothing";
  EXPECT_TRUE(stored(views, kVideo, {"d", "elsewhere"}, enough(), kNow).added.view);
  EXPECT_TRUE(stored(views, kVideo, {"c", "net"}, enough(), kNow + 30min).added.view);
}

TEST(RecentViews, GoesOnAfterARestart) {
  RecentViews views{2};
  views.restore(kVideo, kLan, {.start = true, .view = true, .watched_ms = 3000}, kNow);
  views.restore(kVideo, {"binh", "net"}, {.start = true, .view = true, .watched_ms = 3000}, kNow);
  const auto more = stored(views, kVideo, kLan, all(), kNow + 1min);
  EXPECT_FALSE(more.added.start || more.added.view);
  EXPECT_TRUE(more.added.completion);
  EXPECT_EQ(more.added.watched_ms, 7000);
  EXPECT_EQ(stored(views, kVideo, {"chi", "net"}, all(), kNow + 1min).why_not, NotCounted::kNetworkLimit);
  EXPECT_TRUE(stored(views, kVideo, kLan, all(), kNow + 30min).added.view);
}

TEST(RecentViews, AClockThatWasSetBackDelaysNobodyForLong) {
  RecentViews views{std::nullopt};
  stored(views, kVideo, kLan, enough(), kNow);
  EXPECT_FALSE(stored(views, kVideo, kLan, enough(), kNow - 24h).added.view);
  EXPECT_TRUE(stored(views, kVideo, kLan, enough(), kNow - 24h + 30min).added.view);
}

TEST(RecentViews, OneOfManyAtOnceCounts) {
  RecentViews views{std::nullopt};
  std::atomic<int> counted{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int video = 0; video < 1000; ++video)
          counted += stored(views, base::VideoId{video}, kLan, enough(), kNow).added.view ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(counted, 1000);
}

TEST(RecentViews, ForgetsTheOldestWhereTooManyCome) {
  RecentViews views{std::nullopt};
  const auto watch = [&](std::int64_t video, base::Time now) {
    return stored(views, base::VideoId{video}, kLan, enough(), now).added.view;
  };
  for (std::int64_t video = 0; video < 700'000; ++video)
    watch(video, kNow);
  EXPECT_FALSE(watch(0, kNow + 20min)) << "all of them are known";
  for (std::int64_t video = 1'000'000; video < 1'700'000; ++video)
    watch(video, kNow + 20min);
  EXPECT_TRUE(watch(0, kNow + 20min)) << "not any more";
  EXPECT_FALSE(watch(1'699'999, kNow + 20min)) << "the newest are";
}

}  // namespace
}  // namespace luot::engagement
