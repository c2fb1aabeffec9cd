#include "base/log.hpp"
#include "features/auth/auth.hpp"
#include "features/auth/auth_store.hpp"

namespace luot::auth {

base::Task<void> Auth::run_sweeper() {
  base::Timer timer(co_await base::asio::this_coro::executor);
  while (true) {
    try {
      co_await database_.atomically(ports::unit(delete_expired_tokens()));
    } catch (const std::exception& e) {
      base::log::warning("auth sweeper", {{"error", e.what()}});
    }
    timer.expires_after(std::chrono::hours(1));
    co_await timer.async_wait(base::use_task);
  }
}

}  // namespace luot::auth
