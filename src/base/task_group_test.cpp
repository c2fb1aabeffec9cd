#include "base/task_group.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

#include "base/blocking_pool.hpp"
#include "base/result.hpp"

namespace luot::base {
namespace {

Task<void> sleep_for(std::chrono::milliseconds duration) {
  Timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(use_task);
}

Task<void> count_up(int* count) {
  co_await sleep_for(std::chrono::milliseconds(1));
  ++*count;
}

Task<void> fail() {
  co_await sleep_for(std::chrono::milliseconds(1));
  throw std::runtime_error("told to fail");
}

Task<void> join_and_note(TaskGroup* group, bool* joined) {
  co_await group->join();
  *joined = true;
}

TEST(TaskGroup, JoinWaitsForAllAndOneFailureHarmsNoOther) {
  asio::io_context loop;
  TaskGroup group(loop.get_executor());
  int count = 0;
  bool joined = false;
  for (int i = 0; i < 10; ++i)
    group.spawn("counter", count_up(&count));
  group.spawn("failing", fail());
  asio::co_spawn(loop, join_and_note(&group, &joined), asio::detached);
  loop.run();
  EXPECT_EQ(count, 10);
  EXPECT_TRUE(joined);
}

TEST(TaskGroup, CancelEndsWaitingTasks) {
  asio::io_context loop;
  TaskGroup group(loop.get_executor());
  for (int i = 0; i < 3; ++i)
    group.spawn("sleeper", sleep_for(std::chrono::hours(1)));
  asio::post(loop, [&group] { group.cancel(); });
  loop.run();
  EXPECT_EQ(group.size(), 0U);
}

Task<void> use_pool(BlockingPool* pool, int* sum, std::thread::id loop_thread) {
  const auto seven = co_await pool->run([] { return 7; });
  EXPECT_EQ(std::this_thread::get_id(), loop_thread);
  bool threw = false;
  try {
    co_await pool->run([] { throw std::runtime_error("from the pool"); });
  } catch (const std::runtime_error&) {
    threw = true;
  }
  EXPECT_TRUE(threw);
  *sum += seven;
}

TEST(BlockingPool, ResumesOnTheLoopWithValueOrException) {
  asio::io_context loop;
  BlockingPool pool("test", 2, 100);
  TaskGroup group(loop.get_executor());
  auto guard = asio::make_work_guard(loop);
  int sum = 0;
  for (int i = 0; i < 20; ++i)
    group.spawn("user", use_pool(&pool, &sum, std::this_thread::get_id()));
  while (group.size() > 0)
    loop.run_one();
  EXPECT_EQ(sum, 140);
}

Task<void> hold(BlockingPool* pool, std::atomic<bool>* release) {
  co_await pool->run([release] { release->wait(false); });
}

Task<void> expect_refused(BlockingPool* pool, std::atomic<bool>* release) {
  bool refused = false;
  try {
    co_await pool->run([] {});
  } catch (const Unavailable& e) {
    refused = e.code() == "overloaded";
  }
  EXPECT_TRUE(refused);
  release->store(true);
  release->notify_all();
}

TEST(BlockingPool, RefusesBeyondItsCapacity) {
  asio::io_context loop;
  BlockingPool pool("test", 1, 2);
  TaskGroup group(loop.get_executor());
  auto guard = asio::make_work_guard(loop);
  std::atomic<bool> release{false};
  group.spawn("holder", hold(&pool, &release));
  group.spawn("waiter", hold(&pool, &release));
  group.spawn("refused", expect_refused(&pool, &release));
  while (group.size() > 0)
    loop.run_one();
}

}  // namespace
}  // namespace luot::base
