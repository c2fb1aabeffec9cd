// Limits without a round trip for each action: of a generous limit a few actions are taken ahead, and what was taken is
// answered from this node's memory.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "ports/clock.hpp"
#include "ports/shared_state.hpp"

namespace luot::app {

// What is taken ahead counts at once for all nodes, so no burst is larger than its limit; but it may be used up to
// `kLeaseLife` later, so that in the long run each node lets a sixteenth of a burst more through. Limits of less than
// 32 actions are exact. docs/decisions/0031-leased-limits.md
class LeasedState final : public ports::SharedState {
 public:
  LeasedState(ports::SharedState& shared, const ports::Clock& clock) : shared_(shared), clock_(clock) {}

  base::Task<ports::RateDecision> take(std::string key, ports::Rate rate, std::int64_t count) override;
  base::Task<ports::RateDecision> peek(std::string key, ports::Rate rate) override;

 private:
  struct Lease {
    std::int64_t left = 0;
    ports::RateDecision granted;  // as it was decided at
    base::Time at;
    std::optional<base::Time> asked;  // somebody is getting another one since then
  };
  struct Shard {
    std::mutex mutex;  // guards the rest
    std::unordered_map<std::string, Lease> leases;
    std::size_t sweep_at = 1024;  // keys; those that are over are forgotten then
  };
  Shard& shard_of(const std::string& key);
  // Nothing where there is no lease, or too little of it; `count` 0 takes nothing of it.
  std::optional<ports::RateDecision> use(const std::string& key, std::int64_t count);
  // True where nobody else is getting a lease for `key`: a crowd would take its limit whole.
  bool may_ask(const std::string& key);
  void keep(const std::string& key, std::int64_t left, const ports::RateDecision& granted);

  ports::SharedState& shared_;
  const ports::Clock& clock_;
  std::array<Shard, 16> shards_;
};

}  // namespace luot::app
