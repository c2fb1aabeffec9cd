// The coroutine vocabulary: every asynchronous function of Luot returns a Task and runs on one event loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace luot::base {

namespace asio = boost::asio;

// The concrete executor spares each suspension the type erasure of any_io_executor.
using Executor = asio::io_context::executor_type;

// Completes on the loop that awaits it. Parameters of a Task are values: a reference could dangle at the first
// suspension.
template <typename T>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_task{};

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace luot::base
