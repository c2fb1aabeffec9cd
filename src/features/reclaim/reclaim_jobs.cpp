#include "base/log.hpp"
#include "features/reclaim/reclaim.hpp"

namespace luot::reclaim {
namespace {
constexpr std::chrono::seconds kEvery{30};
}

base::Task<void> Reclaimer::run() {
  base::Timer timer(co_await base::asio::this_coro::executor);
  while (true) {
    bool more = false;
    try {
      more = co_await sweep();
    } catch (const std::exception& e) {
      base::log::warning("reclaimer", {{"error", e.what()}});
    }
    if (more) continue;
    timer.expires_after(kEvery);
    co_await timer.async_wait(base::use_task);
  }
}

}  // namespace luot::reclaim
