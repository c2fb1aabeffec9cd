#include "adapters/redis/redis_shared_state.hpp"

namespace luot::redis {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

// Who asks has a limiter of his own for when Redis is slow.
constexpr auto kPatience = 500ms;

}  // namespace

base::Task<ports::RateDecision> RedisSharedState::decide(std::string key, ports::Rate rate, std::int64_t count) {
  Call call(take_);
  call.key("limit:" + key).add(rate.burst).add(rate.interval.count()).add(count);
  const auto reply = co_await client_.run(std::move(call), kPatience);
  ports::RateDecision decision;
  decision.limit = rate.burst;
  decision.allowed = reply[0].integer == 1;
  decision.remaining = reply[1].integer;
  decision.retry_after = microseconds(reply[2].integer);
  decision.reset = microseconds(reply[3].integer);
  co_return decision;
}

base::Task<ports::RateDecision> RedisSharedState::take(std::string key, ports::Rate rate, std::int64_t count) {
  co_return co_await decide(std::move(key), rate, count);
}

base::Task<ports::RateDecision> RedisSharedState::peek(std::string key, ports::Rate rate) {
  co_return co_await decide(std::move(key), rate, 0);
}

}  // namespace luot::redis
