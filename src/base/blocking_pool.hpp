// Threads for work that would block an event loop: files, SQLite reads, password hashing, waiting for ffmpeg.
#pragma once

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <string>
#include <type_traits>

#include "base/async.hpp"

namespace luot::base {

class BlockingPool {
 public:
  // `capacity` bounds the jobs that run or wait; one more is refused with Unavailable("overloaded").
  BlockingPool(std::string name, unsigned threads, std::size_t capacity);
  ~BlockingPool();  // waits for jobs that were taken
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Runs `work` on a thread of the pool and resumes on the caller's loop with its value or exception.
  // A running job is not interrupted by cancellation of the awaiting task.
  template <typename F>
  Task<std::invoke_result_t<F&>> run(F work);

  // Runs `work`, which must not throw, without anybody waiting for it and whatever the capacity: to give back what was
  // taken by jobs before.
  template <typename F>
  void later(F work) {
    asio::post(threads_, std::move(work));
  }

  // Jobs of run() that run or wait.
  [[nodiscard]] std::size_t pending() const { return pending_.load(std::memory_order_relaxed); }

 private:
  void admit();

  const std::string name_;
  const std::size_t capacity_;
  std::atomic<std::size_t> pending_{0};
  asio::thread_pool threads_;
};

template <typename F>
Task<std::invoke_result_t<F&>> BlockingPool::run(F work) {
  using Value = std::invoke_result_t<F&>;
  constexpr bool returns_nothing = std::is_void_v<Value>;
  std::optional<std::conditional_t<returns_nothing, bool, Value>> value;
  std::exception_ptr fault;
  admit();
  // The job writes into this coroutine's frame, which outlives it: the frame waits for the handler.
  auto initiate = [&](auto handler) {
    asio::post(threads_, [this, &work, &value, &fault, handler = std::move(handler)]() mutable {
      try {
        if constexpr (returns_nothing) {
          work();
        } else {
          value.emplace(work());
        }
      } catch (...) {
        fault = std::current_exception();
      }
      pending_.fetch_sub(1, std::memory_order_relaxed);
      auto loop = asio::get_associated_executor(handler);
      asio::post(loop, std::move(handler));
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(initiate, use_task);
  if (fault) std::rethrow_exception(fault);
  if constexpr (!returns_nothing) co_return *std::move(value);
}

}  // namespace luot::base
