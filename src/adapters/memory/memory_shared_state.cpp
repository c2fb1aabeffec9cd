#include "adapters/memory/memory_shared_state.hpp"

#include <algorithm>
#include <functional>

namespace luot::memory {

ports::RateDecision MemorySharedState::decide(const std::string& key, ports::Rate rate, std::int64_t count) {
  auto& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
  const auto capacity = rate.interval * rate.burst;
  const std::lock_guard lock(shard.mutex);
  const auto now = clock_.now();
  if (shard.full_at.size() >= shard.sweep_at) {
    std::erase_if(shard.full_at, [now](const auto& entry) { return entry.second <= now; });
    shard.sweep_at = std::max<std::size_t>(1024, 2 * shard.full_at.size());
  }
  auto& full_at = shard.full_at.try_emplace(key, now).first->second;
  // Never further away than an empty bucket is: the clock may have been set back.
  full_at = std::clamp(full_at, now, now + capacity);
  const auto next = full_at + rate.interval * std::max<std::int64_t>(count, 1);
  ports::RateDecision decision;
  decision.limit = rate.burst;
  decision.allowed = next - now <= capacity;
  if (!decision.allowed) decision.retry_after = next - now - capacity;
  if (decision.allowed && count > 0) full_at = next;
  decision.reset = full_at - now;
  decision.remaining = (capacity - decision.reset) / rate.interval;
  return decision;
}

base::Task<ports::RateDecision> MemorySharedState::take(std::string key, ports::Rate rate, std::int64_t count) {
  co_return decide(key, rate, count);
}

base::Task<ports::RateDecision> MemorySharedState::peek(std::string key, ports::Rate rate) {
  co_return decide(key, rate, 0);
}

}  // namespace luot::memory
