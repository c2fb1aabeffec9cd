// Limits by class of route: what a request of that class may cost its sender.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/async.hpp"

namespace luot::http {

enum class RateClass { kNone, kRead, kWrite, kLogin, kRegister, kUpload, kView, kLike, kComment };

struct RateState {
  bool allowed = true;
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::chrono::seconds retry_after{};
  std::chrono::seconds reset{};
};

// `sender`: a user, or else a network address. Class kNone is never asked about.
using RateLimiter = std::function<base::Task<RateState>(RateClass rate_class, std::string sender)>;

}  // namespace luot::http
