// Runs one coroutine to its end on a loop of its own, as a test's main thread would like to call it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/async.hpp"

namespace luot::contract {

inline void run_on_loop(base::Task<void> task) {
  base::asio::io_context loop;
  std::exception_ptr fault;
  const auto guard = base::asio::make_work_guard(loop);
  base::asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& thrown) {
    fault = thrown;
    loop.stop();
  });
  loop.run();
  if (fault) std::rethrow_exception(fault);
}

template <typename T>
base::Task<void> keep_value(base::Task<T> task, std::optional<T>* value) {
  value->emplace(co_await std::move(task));
}

template <typename T>
T run_on_loop(base::Task<T> task) {
  std::optional<T> value;
  run_on_loop(keep_value(std::move(task), &value));
  return *std::move(value);
}

}  // namespace luot::contract
