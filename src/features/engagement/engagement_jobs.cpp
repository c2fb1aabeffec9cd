#include "base/log.hpp"
#include "features/engagement/engagement.hpp"
#include "features/engagement/engagement_store.hpp"

namespace luot::engagement {
namespace {

using base::Task;

constexpr std::chrono::seconds kEvery{1};
constexpr int kForgetEvery = 60;                // rounds
constexpr std::int64_t kLargestBatch = 20'000;  // reports: others' writes wait meanwhile

}  // namespace

Task<void> Engagement::restore() {
  std::int64_t seq = 0;
  while (true) {
    const auto rows = co_await database_.read(select_recent_reports(seq));
    if (rows.empty()) co_return;
    for (const auto& row : rows.rows) {
      const auto report = read_report(row);
      recent_.restore(report.video, report.watcher, report.added, report.at);
      seq = report.seq;
    }
  }
}

Task<bool> Engagement::sync() {
  const auto rows = co_await database_.read(select_sync_state());
  const auto state = read_sync_state(rows[0]);
  if (state.newest <= state.counted) co_return false;
  const auto to = std::min(state.newest, state.counted + kLargestBatch);
  const auto moved = co_await database_.atomically(move_reports(state.counted, to));
  co_return moved.done() && to < state.newest;
}

Task<void> Engagement::forget_old_reports() {
  std::int64_t deleted = kForgotten;
  while (deleted == kForgotten) {  // in small units, so that others' writes come between
    const auto outcome = co_await database_.atomically(ports::unit(delete_old_reports()));
    deleted = outcome[0].touched;
  }
}

Task<void> Engagement::run_syncer() {
  base::Timer timer(co_await base::asio::this_coro::executor);
  for (int round = 0;; ++round) {
    try {
      bool more = true;
      while (more)
        more = co_await sync();
    } catch (const std::exception& e) {
      base::log::warning("views syncer", {{"error", e.what()}});
    }
    try {
      if (round % kForgetEvery == 0) co_await forget_old_reports();
    } catch (const std::exception& e) {
      base::log::warning("old views not forgotten", {{"error", e.what()}});
    }
    timer.expires_after(kEvery);
    co_await timer.async_wait(base::use_task);
  }
}

}  // namespace luot::engagement
