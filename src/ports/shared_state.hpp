// State that all nodes share and that may be lost: in process on the embedded stack, Redis beyond one node.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/async.hpp"

namespace luot::ports {

// `burst` actions at once, and one more each `interval`.
struct Rate {
  std::int64_t burst = 1;
  std::chrono::microseconds interval{};
};

struct RateDecision {
  bool allowed = true;
  std::int64_t limit = 0;                   // the burst
  std::int64_t remaining = 0;               // actions that would be allowed now
  std::chrono::microseconds retry_after{};  // until the next one is; zero where it is
  std::chrono::microseconds reset{};        // until the whole burst is back
};

class SharedState {
 public:
  virtual ~SharedState() = default;

  // Counts `count` actions (from 1) under `key`, all or none, by GCRA (ITU-T I.371): one moment kept a key, no window
  // that opens all at once.
  virtual base::Task<RateDecision> take(std::string key, Rate rate, std::int64_t count) = 0;
  // What take() of one action would decide, without counting anything.
  virtual base::Task<RateDecision> peek(std::string key, Rate rate) = 0;
};

}  // namespace luot::ports
