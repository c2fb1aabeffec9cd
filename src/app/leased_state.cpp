#include "app/leased_state.hpp"

#include <algorithm>

namespace luot::app {
namespace {

using namespace std::chrono_literals;
using base::Task;
using ports::RateDecision;

constexpr std::int64_t kShare = 16;  // a lease is a sixteenth of a burst
constexpr auto kLeaseLife = 60s;
constexpr auto kLongestAsk = 5s;  // of one that was broken off

}  // namespace

LeasedState::Shard& LeasedState::shard_of(const std::string& key) {
  return shards_[std::hash<std::string>{}(key) % shards_.size()];
}

std::optional<RateDecision> LeasedState::use(const std::string& key, std::int64_t count) {
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.leases.find(key);
  if (found == shard.leases.end()) return std::nullopt;
  auto& lease = found->second;
  const auto age = clock_.now() - lease.at;
  if (age >= kLeaseLife || lease.left < std::max<std::int64_t>(count, 1)) return std::nullopt;
  lease.left -= count;
  auto decision = lease.granted;
  decision.remaining += lease.left;
  decision.reset = std::max(0us, decision.reset - age);
  return decision;
}

bool LeasedState::may_ask(const std::string& key) {
  auto& shard = shard_of(key);
  const auto now = clock_.now();
  const std::lock_guard lock(shard.mutex);
  if (shard.leases.size() >= shard.sweep_at) {
    std::erase_if(shard.leases, [now](const auto& entry) { return now - entry.second.at >= kLeaseLife; });
    shard.sweep_at = std::max<std::size_t>(1024, 2 * shard.leases.size());
  }
  auto& lease = shard.leases.try_emplace(key, Lease{0, {}, now, std::nullopt}).first->second;
  if (lease.asked && now - *lease.asked < kLongestAsk) return false;
  lease.asked = now;
  return true;
}

void LeasedState::keep(const std::string& key, std::int64_t left, const RateDecision& granted) {
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  shard.leases[key] = {left, granted, clock_.now(), std::nullopt};
}

Task<RateDecision> LeasedState::take(std::string key, ports::Rate rate, std::int64_t count) {
  const auto ahead = std::max<std::int64_t>(rate.burst / kShare, 1);
  if (ahead <= count) co_return co_await shared_.take(std::move(key), rate, count);
  if (const auto decision = use(key, count)) co_return *decision;
  if (!may_ask(key)) co_return co_await shared_.take(std::move(key), rate, count);
  auto granted = co_await shared_.take(key, rate, ahead);
  // Near the limit there may be too few for a lease, and yet enough for this action.
  if (!granted.allowed) {
    keep(key, 0, granted);
    co_return co_await shared_.take(std::move(key), rate, count);
  }
  keep(key, ahead - count, granted);
  granted.remaining += ahead - count;
  co_return granted;
}

Task<RateDecision> LeasedState::peek(std::string key, ports::Rate rate) {
  if (const auto decision = use(key, 0)) co_return *decision;
  co_return co_await shared_.peek(std::move(key), rate);
}

}  // namespace luot::app
