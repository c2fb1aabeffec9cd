// Owns every spawned coroutine of one loop, so that none is detached, swallowed or left behind at shutdown.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <string>

#include "base/async.hpp"

namespace luot::base {

// Used from its own loop only. An exception that leaves a task is logged under the task's name.
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  ~TaskGroup();  // must be empty by then: cancel(), then await join()
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(std::string name, Task<void> task);
  void cancel();      // asks every task to stop at its next suspension
  Task<void> join();  // completes when no task is left
  [[nodiscard]] std::size_t size() const { return running_.size(); }

 private:
  struct Running {
    std::string name;
    asio::cancellation_signal cancel;
  };
  void finished(std::list<Running>::iterator task, const std::exception_ptr& fault);

  Executor executor_;
  std::list<Running> running_;
  Timer emptied_;
};

}  // namespace luot::base
