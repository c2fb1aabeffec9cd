#include "app/fallback_state.hpp"

#include <optional>

#include "base/result.hpp"

namespace luot::app {

using base::Task;
using ports::RateDecision;

Task<RateDecision> FallbackState::take(std::string key, ports::Rate rate, std::int64_t count) {
  std::optional<RateDecision> decision;
  try {
    decision = co_await shared_.take(key, rate, count);
  } catch (const base::Unavailable&) {  // the adapter logs it
  }
  if (!decision) decision = co_await own_.take(std::move(key), rate, count);
  co_return *decision;
}

Task<RateDecision> FallbackState::peek(std::string key, ports::Rate rate) {
  std::optional<RateDecision> decision;
  try {
    decision = co_await shared_.peek(key, rate);
  } catch (const base::Unavailable&) {
  }
  if (!decision) decision = co_await own_.peek(std::move(key), rate);
  co_return *decision;
}

}  // namespace luot::app
