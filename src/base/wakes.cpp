#include "base/wakes.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

namespace luot::base {

Task<void> Wakes::wait(std::string channel, std::chrono::milliseconds longest) {
  auto timer = std::make_shared<Timer>(co_await asio::this_coro::executor, longest);
  std::list<Waiter>::iterator waiter;
  {
    const std::lock_guard lock(mutex_);
    waiter = waiting_.insert(waiting_.end(), {std::move(channel), timer});
  }
  boost::system::error_code ignored;  // woken, or asked to stop, which the next co_await tells
  co_await timer->async_wait(asio::redirect_error(use_task, ignored));
  const std::lock_guard lock(mutex_);
  waiting_.erase(waiter);
}

void Wakes::wake(std::string_view channel) {
  const std::lock_guard lock(mutex_);
  for (const auto& waiter : waiting_) {
    if (waiter.channel == channel)
      asio::post(waiter.timer->get_executor(), [timer = waiter.timer] { timer->cancel(); });
  }
}

}  // namespace luot::base
