// The time that signatures and tokens are made and checked by. Decisions about rows use the database's own clock.
#pragma once

#include <chrono>

#include "base/time.hpp"

namespace luot::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual base::Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] base::Time now() const override { return base::wall_clock(); }
};

// Begins anywhere and is never set: for intervals that this process measures and forgets with its end.
class SteadyClock final : public Clock {
 public:
  [[nodiscard]] base::Time now() const override {
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return base::Time(std::chrono::duration_cast<std::chrono::microseconds>(since_boot));
  }
};

// For tests: stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(base::Time start) : now_(start) {}
  [[nodiscard]] base::Time now() const override { return now_; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  base::Time now_;
};

}  // namespace luot::ports
