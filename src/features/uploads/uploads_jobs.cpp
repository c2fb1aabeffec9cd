#include "base/log.hpp"
#include "features/uploads/uploads.hpp"
#include "features/uploads/uploads_store.hpp"

namespace luot::uploads {
namespace {

using base::Task;

constexpr std::chrono::seconds kEvery{30};

}  // namespace

Task<void> Uploads::sweep() {
  const auto due = co_await database_.read(select_due_uploads());
  for (const auto& row : due.rows) {
    const auto id = row.id<base::VideoId>(0);
    const bool expired = row.boolean(2);
    const auto completed = co_await complete(id, row.id<base::UserId>(1));
    if (completed) {
      base::log::info("upload found complete", {{"video", id.str()}});
    } else if (expired) {
      co_await database_.atomically(ports::unit(videos::delete_video(id)));
    } else {
      co_await database_.atomically(ports::unit(look_again_later(id)));
    }
  }
}

Task<void> Uploads::run_sweeper() {
  base::Timer timer(co_await base::asio::this_coro::executor);
  while (true) {
    try {
      co_await sweep();
    } catch (const std::exception& e) {
      base::log::warning("uploads sweeper", {{"error", e.what()}});
    }
    timer.expires_after(kEvery);
    co_await timer.async_wait(base::use_task);
  }
}

}  // namespace luot::uploads
