#include "features/engagement/buffered.hpp"

#include "features/engagement/buffered_store.hpp"
#include "features/engagement/write_through.hpp"

namespace luot::engagement {
namespace {

using base::Task;
using ports::LikeState;

NotCounted to_reason(ports::ViewVerdict verdict) {
  switch (verdict) {
    case ports::ViewVerdict::kCounted:
      return NotCounted::kNo;
    case ports::ViewVerdict::kThreshold:
      return NotCounted::kThreshold;
    case ports::ViewVerdict::kAlready:
      return NotCounted::kAlready;
    case ports::ViewVerdict::kNetworkLimit:
      return NotCounted::kNetworkLimit;
  }
  return NotCounted::kNo;
}

// Another syncer was first: its unit wrote what this one would have.
bool was_first(const ports::UnitOutcome& outcome) {
  return !outcome.done() && outcome.undone().reason == ports::Undone::Reason::kRowCount;
}

// A row went while the unit ran (a user, say); the next try does not see it any more.
void require(const ports::UnitOutcome& outcome) {
  if (outcome.done() || was_first(outcome)) return;
  throw std::runtime_error("undone by " + outcome.undone().constraint + ", to be tried again");
}

}  // namespace

Task<NotCounted> Buffered::record(base::VideoId video, std::optional<base::UserId> user, Watcher watcher,
                                  Reached reached) {
  ports::WatchReport report;
  report.video = video;
  report.user = user;
  report.viewer = std::move(watcher.viewer);
  report.network = std::move(watcher.network);
  report.threshold = reached.threshold;
  report.end = reached.end;
  report.watched_ms = reached.watched_ms;
  report.issued = base::unix_seconds(reached.issued);
  const ports::ViewRules rules{kViewWindow, network_limit_};
  const auto verdict = co_await buffer_.report(std::move(report), rules);
  co_return to_reason(verdict);
}

Task<base::Result<std::int64_t>> Buffered::set_like(base::VideoId video, base::UserId user, bool liked) {
  LUOT_CO_TRY(const auto subject, co_await subjects_.find_visible(video, user));
  const ports::LikeRow row{subject.liked, subject.video.like_count};
  const auto answer = co_await buffer_.set_like(user, video, liked, row);
  if (!answer) throw std::logic_error("the buffer was told the row, and does not know");
  if (answer->wants_likers) co_await tell_likers(video);
  co_return answer->like_count;
}

// A help for those who come later: without it they are decided by their rows.
Task<void> Buffered::tell_likers(base::VideoId video) {
  try {
    const auto rows = co_await database_.read(select_likers(video, ports::EngagementBuffer::kMostLikers + 1));
    if (std::ssize(rows.rows) > ports::EngagementBuffer::kMostLikers) co_return;
    std::vector<base::UserId> likers;
    likers.reserve(rows.rows.size());
    for (const auto& row : rows.rows)
      likers.push_back(row.id<base::UserId>(0));
    co_await buffer_.keep_likers(video, std::move(likers));
  } catch (const base::Unavailable&) {
  }
}

Task<std::vector<LikeState>> Buffered::likes_of(base::UserId user, std::vector<base::VideoId> videos) {
  try {
    co_return co_await buffer_.likes_of(user, std::move(videos));
  } catch (const base::Unavailable&) {
    co_return std::vector<LikeState>();
  }
}

// What was written through before there was a buffer may not be counted yet.
Task<void> Buffered::restore() {
  bool more = true;
  while (more)
    more = co_await count_log(database_);
}

Task<bool> Buffered::sync() {
  const bool more_views = co_await sync_views();
  const bool more_likes = co_await sync_likes();
  co_return more_views || more_likes;
}

Task<bool> Buffered::sync_views() {
  const auto batch = co_await buffer_.due_views();
  if (!batch) co_return false;
  const auto added = co_await database_.atomically(add_view_batch(*batch));
  require(added);
  co_await buffer_.forget_views(batch->id);
  co_return true;
}

Task<bool> Buffered::sync_likes() {
  const auto rows = co_await database_.read(select_like_offset());
  const auto offset = read_like_offset(rows[0]);
  const auto batch = co_await buffer_.due_likes(offset);
  if (batch.upto == offset) co_return batch.more;
  const auto moved = co_await database_.atomically(move_likes(offset, batch));
  require(moved);
  co_return batch.more;  // what comes meanwhile may gather
}

Task<void> Buffered::forget_old() {
  std::int64_t deleted = kForgottenBatches;
  while (deleted == kForgottenBatches) {
    const auto outcome = co_await database_.atomically(ports::unit(delete_old_view_batches()));
    deleted = outcome[0].touched;
  }
}

}  // namespace luot::engagement
