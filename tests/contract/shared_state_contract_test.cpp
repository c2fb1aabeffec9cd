// What every SharedState adapter promises. A new adapter joins by adding its fixture at the end.
#include <gtest/gtest.h>

#include <thread>

#include "adapters/memory/memory_shared_state.hpp"
#include "adapters/redis/redis_shared_state.hpp"
#include "redis_process.hpp"
#include "test_loop.hpp"

namespace luot::contract {
namespace {

using namespace std::chrono_literals;

class MemoryFixture {
 public:
  static constexpr std::chrono::microseconds kSlack{0};  // how far a test's own time may run ahead of pass()
  ports::SharedState& state() { return state_; }
  void pass(std::chrono::microseconds time) { clock_.advance(time); }

 private:
  ports::ManualClock clock_{base::Time(std::chrono::seconds(1'800'000'000))};
  memory::MemorySharedState state_{clock_};
};

// Redis' clock cannot be moved: what it keeps is moved instead.
class RedisFixture {
 public:
  static constexpr std::chrono::microseconds kSlack = 800ms;
  RedisFixture() { EXPECT_EQ(server().ask("FLUSHALL"), "OK"); }
  ports::SharedState& state() { return state_; }
  void pass(std::chrono::microseconds time) {
    const auto full_at = std::stoll(server().ask("GET limit:a")) - time.count();
    EXPECT_EQ(server().ask("SET limit:a " + std::to_string(full_at) + " KEEPTTL"), "OK");
  }

 private:
  static RedisProcess& server() {
    static RedisProcess one;
    return one;
  }
  redis::RedisClient client_{redis::parse_url(server().url())};
  redis::RedisSharedState state_{client_};
};

template <typename Fixture>
class SharedStateContract : public ::testing::Test {
 protected:
  ports::RateDecision take(const std::string& key) { return loop_.run(fixture_.state().take(key, kRate, 1)); }

  // What is left of a time that runs on.
  static bool is_about(std::chrono::microseconds left, std::chrono::microseconds time) {
    return left <= time + Fixture::kSlack && left >= time - Fixture::kSlack;
  }

  static constexpr ports::Rate kRate{3, 2s};
  TestLoop loop_;
  Fixture fixture_;
};

using Adapters = ::testing::Types<MemoryFixture, RedisFixture>;
TYPED_TEST_SUITE(SharedStateContract, Adapters);

TYPED_TEST(SharedStateContract, ABurstIsAllowedAndThenOneEachInterval) {
  for (const std::int64_t remaining : {2, 1, 0}) {
    const auto decision = this->take("a");
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.limit, 3);
    EXPECT_EQ(decision.remaining, remaining);
  }
  const auto refused = this->take("a");
  EXPECT_FALSE(refused.allowed);
  EXPECT_TRUE(this->is_about(refused.retry_after, 2s)) << refused.retry_after.count();
  EXPECT_TRUE(this->is_about(refused.reset, 6s)) << refused.reset.count();
  this->fixture_.pass(1999ms - TypeParam::kSlack);
  EXPECT_FALSE(this->take("a").allowed);
  this->fixture_.pass(1ms + TypeParam::kSlack);
  EXPECT_TRUE(this->take("a").allowed);
  EXPECT_FALSE(this->take("a").allowed) << "a refused action costs nothing, an allowed one does";
}

TYPED_TEST(SharedStateContract, ALookCountsNothing) {
  const auto look = [this] {
    TestLoop loop;
    return loop.run(this->fixture_.state().peek("a", this->kRate));
  };
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(look().allowed);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(this->take("a").allowed) << "the whole burst is there";
  EXPECT_FALSE(look().allowed);
  EXPECT_TRUE(this->is_about(this->take("a").retry_after, look().retry_after));
}

TYPED_TEST(SharedStateContract, SeveralAreTakenAllOrNone) {
  const auto take = [this](std::int64_t count) {
    TestLoop loop;
    return loop.run(this->fixture_.state().take("a", this->kRate, count));
  };
  EXPECT_EQ(take(2).remaining, 1);
  const auto refused = take(2);
  EXPECT_FALSE(refused.allowed);
  EXPECT_TRUE(this->is_about(refused.retry_after, 2s)) << "one more has to come back";
  EXPECT_TRUE(take(1).allowed) << "what was refused took nothing";
  EXPECT_FALSE(take(1).allowed);
}

TYPED_TEST(SharedStateContract, KeysDoNotTouchEachOther) {
  for (int i = 0; i < 4; ++i)
    this->take("a");
  EXPECT_TRUE(this->take("b").allowed);
}

TYPED_TEST(SharedStateContract, AClockThatIsSetBackLocksNobodyOut) {
  for (int i = 0; i < 3; ++i)
    this->take("a");
  this->fixture_.pass(-1h);
  EXPECT_LE(this->take("a").retry_after, 2s);
}

TYPED_TEST(SharedStateContract, ManyThreadsGetExactlyTheBurst) {
  std::atomic<int> allowed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([this, &allowed] {
        TestLoop loop;
        for (int i = 0; i < 100; ++i)
          allowed += loop.run(this->fixture_.state().take("a", this->kRate, 1)).allowed ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(allowed, 3);
}

}  // namespace
}  // namespace luot::contract
