// Coroutines that wait for word from anywhere, for a while.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/async.hpp"

namespace luot::base {

// Safe to use from all loops and threads.
class Wakes {
 public:
  // Returns at the next wake() of `channel`, or after `longest`.
  Task<void> wait(std::string channel, std::chrono::milliseconds longest);
  void wake(std::string_view channel);

 private:
  struct Waiter {
    std::string channel;
    std::shared_ptr<Timer> timer;
  };
  std::mutex mutex_;  // guards the next
  std::list<Waiter> waiting_;
};

}  // namespace luot::base
