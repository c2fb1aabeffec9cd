#include "base/log.hpp"
#include "features/feed/feed.hpp"

namespace luot::feed {
namespace {
constexpr std::chrono::seconds kEvery{1};
}

base::Task<void> Feed::run_renewer() {
  base::Timer timer(co_await base::asio::this_coro::executor);
  while (true) {
    try {
      co_await heads_.renew();
    } catch (const std::exception& e) {
      base::log::warning("feed head", {{"error", e.what()}});
    }
    timer.expires_after(kEvery);
    co_await timer.async_wait(base::use_task);
  }
}

}  // namespace luot::feed
