// Shared state of many nodes.
#pragma once

#include "adapters/redis/redis_client.hpp"
#include "ports/shared_state.hpp"

namespace luot::redis {

// Throws Unavailable where Redis is down.
class RedisSharedState final : public ports::SharedState {
 public:
  explicit RedisSharedState(RedisClient& client) : client_(client), take_(client.script("take")) {}

  base::Task<ports::RateDecision> take(std::string key, ports::Rate rate, std::int64_t count) override;
  base::Task<ports::RateDecision> peek(std::string key, ports::Rate rate) override;

 private:
  base::Task<ports::RateDecision> decide(std::string key, ports::Rate rate, std::int64_t count);

  RedisClient& client_;
  const Script take_;
};

}  // namespace luot::redis
