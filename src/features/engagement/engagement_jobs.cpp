#include "base/log.hpp"
#include "features/engagement/engagement.hpp"

namespace luot::engagement {
namespace {

using base::Task;

constexpr std::chrono::minutes kForgetEach{1};
constexpr std::chrono::seconds kTellAgain{10};  // what goes on failing

}  // namespace

Task<void> Engagement::restore() {
  return counting_->restore();
}

Task<bool> Engagement::sync() {
  return counting_->sync();
}

Task<void> Engagement::run_syncer() {
  using Clock = std::chrono::steady_clock;
  base::Timer timer(co_await base::asio::this_coro::executor);
  Clock::time_point forget_at{};
  Clock::time_point tell_at{};
  while (true) {
    try {
      bool more = true;
      while (more) {
        more = co_await counting_->sync();
        if (Clock::now() < forget_at) continue;
        co_await counting_->forget_old();
        forget_at = Clock::now() + kForgetEach;
      }
      tell_at = {};
    } catch (const std::exception& e) {
      if (Clock::now() >= tell_at) {
        base::log::warning("views syncer", {{"error", e.what()}});
        tell_at = Clock::now() + kTellAgain;
      }
    }
    timer.expires_after(counting_->sync_pause());
    co_await timer.async_wait(base::use_task);
  }
}

}  // namespace luot::engagement
