// What the client of Redis does when its server hangs, ends, comes back or forgets, with TLS and without.
#include <gtest/gtest.h>

#include <thread>

#include "adapters/redis/redis_shared_state.hpp"
#include "base/result.hpp"
#include "redis_process.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::Task;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

class RedisClientTest : public ::testing::TestWithParam<RedisProcess::Tls> {
 protected:
  ports::RateDecision take() { return loop_.run(state_.take("a", ports::Rate{1000, 1h}, 1)); }
  // How long it took to say that it cannot be had.
  Clock::duration time_to_refuse() {
    const auto began = Clock::now();
    EXPECT_THROW(take(), base::Unavailable);
    return Clock::now() - began;
  }
  bool is_back_within(Clock::duration limit) {
    for (const auto until = Clock::now() + limit; Clock::now() < until; std::this_thread::sleep_for(20ms)) {
      try {
        take();
        return true;
      } catch (const base::Unavailable&) {
      }
    }
    return false;
  }

  TestLoop loop_;
  RedisProcess server_{{}, GetParam()};
  redis::RedisClient client_{redis::parse_url(server_.url())};
  redis::RedisSharedState state_{client_};
};

Task<void> take_one(redis::RedisSharedState* state, int number, int* good) {
  const auto decision = co_await state->take("key" + std::to_string(number), ports::Rate{number + 1, 1h}, 1);
  *good += decision.remaining == number ? 1 : 0;
}

Task<void> take_many(redis::RedisSharedState* state, int count, int* good) {
  const auto loop = co_await base::asio::this_coro::executor;
  int left = count;
  for (int number = 0; number < count; ++number)
    base::asio::co_spawn(loop, take_one(state, number, good), [&left](const std::exception_ptr&) { --left; });
  base::Timer timer(loop);
  while (left > 0) {
    timer.expires_after(1ms);
    co_await timer.async_wait(base::use_task);
  }
}

TEST_P(RedisClientTest, EveryoneGetsHisOwnReply) {
  int good = 0;
  loop_.run(take_many(&state_, 5000, &good));
  EXPECT_EQ(good, 5000);
  EXPECT_LE(std::stoi(server_.ask("CLIENT KILL TYPE normal SKIPME yes")), 2) << "one connection, and that of check()";
}

TEST_P(RedisClientTest, ScriptsThatWereForgottenAreToldAgain) {
  EXPECT_EQ(take().remaining, 999);
  EXPECT_EQ(server_.ask("SCRIPT FLUSH"), "OK");
  EXPECT_EQ(take().remaining, 998);
  EXPECT_EQ(take().remaining, 997);
}

TEST_P(RedisClientTest, AConnectionThatWasClosedMeanwhileIsMadeAnew) {
  take();
  server_.stop();
  server_.start();
  EXPECT_EQ(take().remaining, 998) << "nobody notices, and nothing is lost";
}

TEST_P(RedisClientTest, WhileItIsDownAllFailAtOnce) {
  take();
  server_.stop();
  time_to_refuse();
  for (int i = 0; i < 10; ++i)
    EXPECT_LT(time_to_refuse(), 200ms);
  server_.start();
  EXPECT_TRUE(is_back_within(5s));
}

TEST_P(RedisClientTest, OneThatHangsIsLetGo) {
  take();
  server_.signal(SIGSTOP);
  EXPECT_LT(time_to_refuse(), 1500ms) << "those who have something else to do do not wait long";
  const auto until = Clock::now() + 3s;
  int tries = 0;
  for (; Clock::now() < until; ++tries)
    time_to_refuse();
  EXPECT_GT(tries, 6) << "and once it is let go, most fail at once";
  server_.signal(SIGCONT);
  EXPECT_TRUE(is_back_within(5s));
}

TEST_P(RedisClientTest, WhatMayBeEvictedIsRefusedAtTheStart) {
  EXPECT_NO_THROW(client_.check());
  EXPECT_EQ(server_.ask("CONFIG SET maxmemory-policy allkeys-lru"), "OK");
  EXPECT_NO_THROW(client_.check()) << "without a limit of memory nothing is evicted";
  EXPECT_EQ(server_.ask("CONFIG SET maxmemory 100mb"), "OK");
  EXPECT_THROW(client_.check(), std::runtime_error);
  server_.stop();
  EXPECT_NO_THROW(client_.check()) << "down is no reason not to start";
}

INSTANTIATE_TEST_SUITE_P(plain, RedisClientTest, ::testing::Values(RedisProcess::Tls::kNo));
INSTANTIATE_TEST_SUITE_P(tls, RedisClientTest, ::testing::Values(RedisProcess::Tls::kYes));

}  // namespace
}  // namespace luot
