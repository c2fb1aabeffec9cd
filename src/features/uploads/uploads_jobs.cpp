#include "base/log.hpp"
#include "features/uploads/uploads.hpp"
#include "features/uploads/uploads_store.hpp"

namespace luot::uploads {
namespace {

using base::Task;

constexpr std::chrono::seconds kEvery{30};

// Of "uploads/{id}/...".
std::optional<base::VideoId> video_of(std::string_view key) {
  const auto start = key.find('/') + 1;  // 0 where there is none: then the whole is no id
  return base::VideoId::parse(key.substr(start, key.find('/', start) - start));
}

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

Task<void> Uploads::look_at_key(std::string key) {
  const auto id = video_of(key);
  if (!id) co_return;
  const auto rows = co_await database_.read(select_upload(*id));
  if (rows.empty()) co_return;
  const auto upload = read_upload(rows[0]);
  // Parts are put together by this server's own call, which goes on from there itself.
  if (upload.object_key != key || upload.plan || upload.status == UploadStatus::kCompleted) co_return;
  const auto finished = co_await finish(*id, upload);
  if (finished && *finished) base::log::info("upload told by the store", {{"video", id->str()}});
}

Task<void> Uploads::look_at_keys(std::vector<std::string> keys) {
  for (const auto& key : keys)
    co_await look_at_key(key);
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
