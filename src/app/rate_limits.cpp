#include "app/rate_limits.hpp"

#include <charconv>

#include "app/config.hpp"

namespace luot::app {
namespace {

using http::RateClass;
using namespace std::chrono_literals;

struct Limit {
  RateClass rate_class;
  const char* name;
  ports::Rate rate;
};

// Generous to people, tight for programs: a person scrolls a video a second at most, and types a comment in seconds.
constexpr Limit kLimits[] = {
    {RateClass::kRead, "read", {300, 20ms}},   {RateClass::kWrite, "write", {60, 500ms}},
    {RateClass::kLogin, "login", {10, 6s}},    {RateClass::kRegister, "register", {10, 60s}},
    {RateClass::kUpload, "upload", {20, 30s}}, {RateClass::kView, "view", {60, 1s}},
    {RateClass::kLike, "like", {60, 500ms}},   {RateClass::kComment, "comment", {20, 3s}},
};

std::chrono::seconds rounded_up(std::chrono::microseconds time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

}  // namespace

base::Task<http::RateState> RateLimits::take(RateClass rate_class, std::string sender) {
  const auto* limit = std::ranges::find(kLimits, rate_class, &Limit::rate_class);
  auto& state = rate_class == RateClass::kRead ? static_cast<ports::SharedState&>(own_) : shared_;
  const ports::Rate rate{limit->rate.burst * factor_, std::max(limit->rate.interval / factor_, 1us)};
  const auto decision = co_await state.take(std::string(limit->name) + "|" + sender, rate, 1);
  http::RateState answer;
  answer.allowed = decision.allowed;
  answer.limit = decision.limit;
  answer.remaining = decision.remaining;
  answer.retry_after = rounded_up(decision.retry_after);
  answer.reset = rounded_up(decision.reset);
  co_return answer;
}

std::optional<std::int64_t> read_rate_factor(const std::string& text) {
  if (text == "off") return std::nullopt;
  if (text == "on") return 1;
  std::int64_t factor = 0;
  const auto* end = text.data() + text.size();
  const auto* start = text.data() + (text.starts_with('x') ? 1 : text.size());
  const auto [stopped, failure] = std::from_chars(start, end, factor);
  if (failure != std::errc() || stopped != end || factor < 1 || factor > 1'000'000) {
    throw ConfigError("rate_limits must be on, off, or a factor such as x1000, not \"" + text + "\"");
  }
  return factor;
}

}  // namespace luot::app
