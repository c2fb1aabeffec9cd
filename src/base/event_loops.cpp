#include "base/event_loops.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace luot::base {
namespace {

Task<void> cancel_and_join(TaskGroup* tasks) {
  tasks->cancel();
  co_await tasks->join();
}

}  // namespace

EventLoops::EventLoops(unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    loops_.push_back(std::make_unique<EventLoop>());
}

EventLoops::~EventLoops() {
  stop();
}

void EventLoops::start() {
  for (auto& loop : loops_) {
    guards_.emplace_back(loop->context.get_executor());
    threads_.emplace_back([&context = loop->context] { context.run(); });
  }
}

void EventLoops::stop() {
  if (threads_.empty()) return;
  for (auto& loop : loops_) {
    asio::co_spawn(loop->context, cancel_and_join(&loop->tasks), asio::use_future).get();
  }
  guards_.clear();
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

}  // namespace luot::base
