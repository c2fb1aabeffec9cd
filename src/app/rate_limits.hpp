// The limits of each class of route, and where they are counted.
#pragma once

#include <optional>
#include <string>

#include "adapters/memory/memory_shared_state.hpp"
#include "http/rate_limit.hpp"
#include "ports/shared_state.hpp"

namespace luot::app {

class RateLimits {
 public:
  // `factor` multiplies every limit. Reads are counted in this node alone, all else in `shared`.
  RateLimits(ports::SharedState& shared, const ports::Clock& clock, std::int64_t factor)
      : shared_(shared), own_(clock), factor_(factor) {}

  base::Task<http::RateState> take(http::RateClass rate_class, std::string sender);

 private:
  ports::SharedState& shared_;
  memory::MemorySharedState own_;
  const std::int64_t factor_;
};

// "on" is 1, "off" nothing, "x1000" 1000. Throws ConfigError.
std::optional<std::int64_t> read_rate_factor(const std::string& text);

}  // namespace luot::app
