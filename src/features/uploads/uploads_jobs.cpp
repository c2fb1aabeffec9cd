#include "base/log.hpp"
#include "features/uploads/uploads.hpp"
#include "features/uploads/uploads_store.hpp"

namespace luot::uploads {
namespace {

using base::Task;

constexpr std::chrono::seconds kEvery{30};

}  // namespace

Task<void> Uploads::look_at(base::VideoId id, bool expired) {
  const auto rows = co_await database_.read(select_upload(id));
  if (rows.empty()) co_return;
  // Also at the very end: what is there was uploaded in time.
  const auto upload = read_upload(rows[0]);
  const auto finished = co_await finish(id, upload);
  if (finished) {
    if (*finished) base::log::info("upload found complete", {{"video", id.str()}});
  } else if (expired) {
    const auto outcome = co_await database_.atomically(ports::unit(videos::delete_video(id)));
    if (outcome.done()) co_await discard(upload.object_key);
  }
}

Task<void> Uploads::sweep() {
  co_await database_.atomically(ports::unit(forget_old_counts()));
  const auto due = co_await database_.read(select_due_uploads());
  for (const auto& row : due.rows) {
    const auto id = row.id<base::VideoId>(0);
    // First, so that one that fails does not stand before all others.
    const auto open = co_await database_.atomically(ports::unit(look_again_later(id)));
    if (!open.done()) continue;
    try {
      co_await look_at(id, row.boolean(1));
    } catch (const std::exception& e) {
      base::log::warning("upload not looked at", {{"video", id.str()}, {"error", e.what()}});
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
