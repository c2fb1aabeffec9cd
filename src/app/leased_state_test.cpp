#include "app/leased_state.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "adapters/memory/memory_shared_state.hpp"
#include "test_loop.hpp"

namespace luot::app {
namespace {

using namespace std::chrono_literals;

// Counts who asks it.
class FarState final : public ports::SharedState {
 public:
  explicit FarState(const ports::Clock& clock) : memory_(clock) {}
  base::Task<ports::RateDecision> take(std::string key, ports::Rate rate, std::int64_t count) override {
    ++asked;
    while (hold)
      std::this_thread::yield();
    return memory_.take(std::move(key), rate, count);
  }
  base::Task<ports::RateDecision> peek(std::string key, ports::Rate rate) override {
    return memory_.peek(std::move(key), rate);
  }
  std::atomic<int> asked{0};
  std::atomic<bool> hold{false};

 private:
  memory::MemorySharedState memory_;
};

class LeasedStateTest : public ::testing::Test {
 protected:
  int allowed(LeasedState& node, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i)
      count += loop_.run(node.take("a", kRate, 1)).allowed ? 1 : 0;
    return count;
  }

  static constexpr ports::Rate kRate{64, 1s};  // leases of four
  ports::ManualClock clock_{base::Time(1h)};
  FarState far_{clock_};
  LeasedState node_{far_, clock_};
  LeasedState other_{far_, clock_};
  TestLoop loop_;
};

TEST_F(LeasedStateTest, OneNodeLetsExactlyTheBurstThroughAndAsksSeldom) {
  EXPECT_EQ(allowed(node_, 64), 64);
  EXPECT_EQ(far_.asked, 16);
  EXPECT_EQ(allowed(node_, 10), 0);
  clock_.advance(3s);
  EXPECT_EQ(allowed(node_, 10), 3) << "what is too little for a lease is enough for an action";
}

// As when a sender's requests come all at once: each asks before the first is answered.
TEST_F(LeasedStateTest, ACrowdTakesOneLease) {
  far_.hold = true;
  int allowed_ones = 0;
  std::vector<std::jthread> crowd;
  std::mutex counting;
  for (int i = 0; i < 40; ++i) {
    crowd.emplace_back([&] {
      TestLoop loop;
      const bool one = loop.run(node_.take("a", kRate, 1)).allowed;
      const std::lock_guard lock(counting);
      allowed_ones += one ? 1 : 0;
    });
  }
  while (far_.asked < 40)
    std::this_thread::yield();
  far_.hold = false;
  crowd.clear();
  EXPECT_EQ(allowed_ones, 40);
  EXPECT_EQ(allowed(node_, 64), 24) << "what one took ahead is there, too";
}

TEST_F(LeasedStateTest, NodesTogetherLetNoMoreThanTheBurstThrough) {
  int count = 0;
  for (int i = 0; i < 100; ++i)
    count += allowed(node_, 1) + allowed(other_, 1);
  EXPECT_EQ(count, 64);
}

TEST_F(LeasedStateTest, WhatRemainsIsToldActionByAction) {
  for (std::int64_t remaining = 63; remaining >= 0; --remaining)
    EXPECT_EQ(loop_.run(node_.take("a", kRate, 1)).remaining, remaining);
  const auto refused = loop_.run(node_.take("a", kRate, 1));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 1s);
}

TEST_F(LeasedStateTest, AnOldLeaseIsWorthNothing) {
  EXPECT_EQ(allowed(node_, 1), 1);
  clock_.advance(60s);
  EXPECT_EQ(allowed(other_, 64), 64) << "the burst is back, and all of it is taken";
  EXPECT_EQ(allowed(node_, 1), 0);
}

TEST_F(LeasedStateTest, ALookSeesWhatIsLeased) {
  EXPECT_EQ(allowed(node_, 61), 61);
  EXPECT_TRUE(loop_.run(node_.peek("a", kRate)).allowed);
  EXPECT_EQ(allowed(node_, 3), 3);
  EXPECT_FALSE(loop_.run(node_.peek("a", kRate)).allowed);
}

TEST_F(LeasedStateTest, SmallLimitsAreExactOnEachNode) {
  const ports::Rate small{31, 1s};
  for (int i = 0; i < 31; ++i)
    EXPECT_TRUE(loop_.run((i % 2 == 0 ? node_ : other_).take("b", small, 1)).allowed);
  EXPECT_FALSE(loop_.run(node_.take("b", small, 1)).allowed);
  EXPECT_EQ(far_.asked, 32);
}

}  // namespace
}  // namespace luot::app
