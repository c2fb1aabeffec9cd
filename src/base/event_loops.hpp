// One event loop a core, each an io_context of its own on a thread of its own: no lock is shared between them.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/async.hpp"
#include "base/task_group.hpp"

namespace luot::base {

struct EventLoop {
  asio::io_context context{1};
  TaskGroup tasks{context.get_executor()};
};

class EventLoops {
 public:
  explicit EventLoops(unsigned count);
  ~EventLoops();  // stop() and join

  [[nodiscard]] std::size_t size() const { return loops_.size(); }
  EventLoop& operator[](std::size_t index) { return *loops_[index]; }

  void start();
  // Cancels and awaits every task of every loop, then ends the threads. Call from outside the loops.
  void stop();

 private:
  using WorkGuard = asio::executor_work_guard<Executor>;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<WorkGuard> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace luot::base
