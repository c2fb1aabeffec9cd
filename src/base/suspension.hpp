// A coroutine that waits until somebody on its own loop resumes it.
#pragma once

#include <memory>
#include <utility>

#include "base/async.hpp"

namespace luot::base {

// Owns the coroutine: where it is destroyed without a resume(), so is what waits.
class Suspension {
 public:
  Suspension() = default;

  [[nodiscard]] bool waits() const { return resume_ != nullptr; }
  // Runs the coroutine to its next wait before it returns. From its own loop only.
  void resume() {
    const auto resume = std::move(resume_);
    (*resume)();
  }

 private:
  struct Resume {
    virtual ~Resume() = default;
    virtual void operator()() = 0;
  };
  template <typename Handler>
  struct ResumeBy final : Resume {
    explicit ResumeBy(Handler h) : handler(std::move(h)) {}
    void operator()() override { std::move(handler)(); }
    Handler handler;
  };
  explicit Suspension(std::unique_ptr<Resume> resume) : resume_(std::move(resume)) {}

  template <typename Keep>
  friend Task<void> suspend(Keep keep);

  std::unique_ptr<Resume> resume_;
};

// Waits. `keep(Suspension)` is called at once; it must not throw.
template <typename Keep>
Task<void> suspend(Keep keep) {
  auto initiate = [&keep](auto handler) {
    using Handler = decltype(handler);
    keep(Suspension(std::make_unique<Suspension::ResumeBy<Handler>>(std::move(handler))));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(initiate, use_task);
}

}  // namespace luot::base
