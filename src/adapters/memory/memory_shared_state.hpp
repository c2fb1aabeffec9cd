// Shared state of a single node: in its own memory, behind sixteen locks.
#pragma once

#include <array>
#include <mutex>
#include <unordered_map>

#include "base/time.hpp"
#include "ports/clock.hpp"
#include "ports/shared_state.hpp"

namespace luot::memory {

class MemorySharedState final : public ports::SharedState {
 public:
  explicit MemorySharedState(const ports::Clock& clock) : clock_(clock) {}

  base::Task<ports::RateDecision> take(std::string key, ports::Rate rate, std::int64_t count) override;
  base::Task<ports::RateDecision> peek(std::string key, ports::Rate rate) override;

 private:
  struct Shard {
    std::mutex mutex;  // guards the rest
    // When the bucket of a key is full again ("theoretical arrival time").
    std::unordered_map<std::string, base::Time> full_at;
    std::size_t sweep_at = 1024;  // keys; those that are full again are forgotten then
  };
  // `count` 0: only looks.
  ports::RateDecision decide(const std::string& key, ports::Rate rate, std::int64_t count);

  const ports::Clock& clock_;
  std::array<Shard, 16> shards_;
};

}  // namespace luot::memory
