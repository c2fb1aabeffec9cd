#include "features/engagement/write_through.hpp"

#include "features/engagement/engagement_store.hpp"

namespace luot::engagement {
namespace {

using base::Task;

constexpr std::chrono::milliseconds kLookAgain{2};
constexpr std::int64_t kLargestBatch = 20'000;  // reports: others' writes wait meanwhile
constexpr int kMostAttempts = 3;                // to like: who is gone never can

}  // namespace

// Claims what the report adds, and stores it. What another report of the same watch has claimed is not told before it
// is stored, or not.
Task<NotCounted> WriteThrough::record(base::VideoId video, std::optional<base::UserId> user, Watcher watcher,
                                      Reached reached) {
  base::Timer timer(co_await base::asio::this_coro::executor);
  auto at = clock_.now();
  auto claimed = recent_.claim(video, watcher, reached, at);
  while (claimed.why_not == NotCounted::kPending) {
    timer.expires_after(kLookAgain);
    co_await timer.async_wait(base::use_task);
    at = clock_.now();
    claimed = recent_.claim(video, watcher, reached, at);
  }
  if (!claimed.added.anything()) co_return claimed.why_not;
  std::exception_ptr fault;
  bool stored = false;
  try {
    auto insert = insert_report(video, user, watcher, claimed.added, claimed.in_doubt);
    const auto outcome = co_await database_.atomically(ports::unit(std::move(insert)));
    stored = outcome.done();
  } catch (...) {
    fault = std::current_exception();
  }
  if (fault) {
    recent_.take_back(video, watcher, claimed.added, at);
    std::rethrow_exception(fault);
  }
  recent_.confirm(video, watcher, claimed.added);
  // Not stored: an earlier try was, whose answer was a fault.
  co_return stored ? claimed.why_not : NotCounted::kAlready;
}

// Row and counter change together. Where that changes nothing, the row already is as asked for, or the video is not for
// this user: only then it is looked at. If it has become so since, it is written again.
Task<base::Result<std::int64_t>> WriteThrough::set_like(base::VideoId video, base::UserId user, bool liked) {
  const std::size_t counting = liked ? 1 : 0;
  for (int attempt = 1;; ++attempt) {
    auto unit = liked ? ports::unit(insert_like(user, video), count_like(video))
                      : ports::unit(uncount_like(user, video), delete_like(user, video));
    const auto written = co_await database_.atomically(std::move(unit));
    if (written.done()) co_return written[counting][0].integer(0);
    LUOT_CO_TRY(const auto subject, co_await subjects_.find_visible(video, user));
    if (subject.liked == liked || attempt == kMostAttempts) co_return subject.video.like_count;
  }
}

Task<std::vector<ports::LikeState>> WriteThrough::likes_of(base::UserId /*user*/,
                                                           std::vector<base::VideoId> /*videos*/) {
  co_return std::vector<ports::LikeState>();
}

Task<void> WriteThrough::restore() {
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

Task<bool> WriteThrough::sync() {
  return count_log(database_);
}

Task<bool> count_log(ports::Database& database) {
  const auto rows = co_await database.read(select_sync_state());
  if (rows.empty()) co_return false;  // not just now
  const auto state = read_sync_state(rows[0]);
  if (state.newest <= state.counted) co_return false;
  const auto to = std::min(state.newest, state.counted + kLargestBatch);
  const auto moved = co_await database.atomically(move_reports(state.counted, to));
  co_return moved.done() && to < state.newest;
}

// What is a day old, in small units, so that others' writes come between.
Task<void> WriteThrough::forget_old() {
  std::int64_t deleted = kForgotten;
  while (deleted == kForgotten) {
    const auto outcome = co_await database_.atomically(ports::unit(delete_old_reports()));
    deleted = outcome[0].touched;
  }
}

}  // namespace luot::engagement
