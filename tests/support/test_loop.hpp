// Runs one coroutine after the other to its end, as a test's thread would like to call it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/async.hpp"

namespace luot {

// Must outlive the adapters that it runs: their threads may still be leaving post() when run() returns.
class TestLoop {
 public:
  void run(base::Task<void> task) {
    std::exception_ptr fault;
    const auto guard = base::asio::make_work_guard(context_);  // work goes on in other threads
    base::asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr& thrown) {
      fault = thrown;
      context_.stop();
    });
    context_.restart();
    context_.run();
    if (fault) std::rethrow_exception(fault);
  }

  template <typename T>
  T run(base::Task<T> task) {
    std::optional<T> value;
    run(keep_value(std::move(task), &value));
    return *std::move(value);
  }

 private:
  template <typename T>
  static base::Task<void> keep_value(base::Task<T> task, std::optional<T>* value) {
    value->emplace(co_await std::move(task));
  }

  base::asio::io_context context_{1};
};

}  // namespace luot
