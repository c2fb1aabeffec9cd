#include "features/engagement/engagement.hpp"

#include "base/address.hpp"
#include "base/encoding.hpp"
#include "features/engagement/engagement_store.hpp"

namespace luot::engagement {
namespace {

using base::Result;
using base::Task;
using std::chrono::milliseconds;

constexpr milliseconds kLongestThreshold{3000};
constexpr milliseconds kSlack{2000};  // tokens tell whole seconds
constexpr milliseconds kLookAgain{2};
constexpr double kCompleted = 0.95;  // of the duration

milliseconds duration_of(const videos::Video& video) {
  return milliseconds(static_cast<std::int64_t>(video.duration.value_or(0) * 1000));
}

// What a viewer has to watch: 3 s, or half of a shorter video.
milliseconds threshold_of(const videos::Video& video) {
  return std::min(kLongestThreshold, duration_of(video) / 2);
}

// Nobody has watched for longer than the token is old.
Reached reached_by(const videos::Video& video, milliseconds watched, milliseconds since_issue) {
  const auto plausible = std::min(watched, since_issue + kSlack);
  const auto end =
      milliseconds(static_cast<std::int64_t>(kCompleted * static_cast<double>(duration_of(video).count())));
  Reached reached;
  reached.threshold = std::min(plausible, since_issue) >= threshold_of(video);
  reached.end = reached.threshold && plausible >= end;
  reached.watched_ms = plausible.count();
  return reached;
}

ViewOutcome describe(const RecentViews::Outcome& claimed, const videos::Video& video, milliseconds watched,
                     milliseconds since_issue) {
  ViewOutcome outcome;
  outcome.view_count = video.view_count;
  outcome.counted = claimed.added.view;
  const auto threshold = threshold_of(video);
  switch (claimed.why_not) {
    case NotCounted::kNo:
    case NotCounted::kPending:
      break;
    case NotCounted::kAlready:
      outcome.reason = "already_counted";
      break;
    case NotCounted::kNetworkLimit:
      outcome.reason = "network_limit";
      break;
    case NotCounted::kThreshold:
      outcome.reason = watched < threshold ? "watched_too_little" : "too_soon";
      outcome.retry_after_ms = (threshold - std::min(watched, since_issue)).count();
      break;
  }
  return outcome;
}

}  // namespace

Engagement::Engagement(ports::Database& database, videos::Videos& videos, const playback::PlayTokens& tokens,
                       const ViewerTokens& viewer_tokens, const ports::Clock& clock, std::string_view viewer_key,
                       EngagementOptions options)
    : database_(database),
      videos_(videos),
      tokens_(tokens),
      viewer_tokens_(viewer_tokens),
      clock_(clock),
      viewer_key_(viewer_key),
      options_(options),
      recent_(options.network_limit) {
}

Watcher Engagement::watcher_of(const Sender& sender) const {
  Watcher watcher;
  watcher.network = base::base64url_encode(viewer_key_.sign(base::network_of(sender.address)).substr(0, 16));
  const auto anonymous = sender.user ? std::nullopt : viewer_tokens_.verify(sender.viewer_token);
  watcher.viewer = sender.user ? "u" + sender.user->str() : anonymous ? "v" + *anonymous : "a" + watcher.network;
  return watcher;
}

Task<Result<ViewOutcome>> Engagement::view(base::VideoId id, Sender sender, ViewReport report) {
  LUOT_CO_TRY(const auto video, co_await videos_.find_visible(id, sender.user));
  const auto now = clock_.now();
  const auto issued = tokens_.issued_at(report.play_token, id);
  if (!issued || !video.playable_at) {
    co_return base::invalid_field("play_token", "invalid", "is not a play token of this video.");
  }
  if (now - *issued > playback::kPlayTokenLife) {
    co_return base::invalid_field("play_token", "expired", "has expired; get the video again.");
  }
  const milliseconds watched(report.watched_ms);
  // A token from the future was issued before the clock was set back: how old it is nobody knows.
  const auto age = *issued > now + kSlack ? now - base::Time() : now - *issued;
  const auto since_issue = std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(age));
  Reached reached = reached_by(video, watched, since_issue);
  reached.issued = *issued;
  const auto claimed = co_await record(id, sender.user, watcher_of(sender), reached);
  co_return describe(claimed, video, watched, since_issue);
}

// Claims what the report adds, and stores it. What another report of the same watch has claimed is not told before it
// is stored, or not.
Task<RecentViews::Outcome> Engagement::record(base::VideoId id, std::optional<base::UserId> user, Watcher watcher,
                                              Reached reached) {
  base::Timer timer(co_await base::asio::this_coro::executor);
  auto at = clock_.now();
  auto claimed = recent_.claim(id, watcher, reached, at);
  while (claimed.why_not == NotCounted::kPending) {
    timer.expires_after(kLookAgain);
    co_await timer.async_wait(base::use_task);
    at = clock_.now();
    claimed = recent_.claim(id, watcher, reached, at);
  }
  if (!claimed.added.anything()) co_return claimed;
  std::exception_ptr fault;
  bool stored = false;
  try {
    auto insert = insert_report(id, user, watcher, claimed.added, claimed.in_doubt);
    const auto outcome = co_await database_.atomically(ports::unit(std::move(insert)));
    stored = outcome.done();
  } catch (...) {
    fault = std::current_exception();
  }
  if (fault) {
    recent_.take_back(id, watcher, claimed.added, at);
    std::rethrow_exception(fault);
  }
  recent_.confirm(id, watcher, claimed.added);
  // Not stored: an earlier try was, whose answer was a fault.
  if (!stored) {
    claimed.added.view = false;
    claimed.why_not = NotCounted::kAlready;
  }
  co_return claimed;
}

// Where a unit changed nothing: the row already is as asked for, or the video is gone since we looked.
Task<Result<LikeOutcome>> Engagement::unchanged_like(base::VideoId id, bool liked) {
  const auto rows = co_await database_.read(select_like_count(id));
  if (rows.empty()) co_return videos::video_not_found();
  co_return LikeOutcome{liked, rows[0].integer(0)};
}

// Row and counter change together.
Task<Result<LikeOutcome>> Engagement::like(base::VideoId id, base::UserId user) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.find_visible(id, user));
  const auto written = co_await database_.atomically(ports::unit(insert_like(user, id), count_like(id)));
  if (!written.done()) co_return co_await unchanged_like(id, true);
  co_return LikeOutcome{true, written[1][0].integer(0)};
}

Task<Result<LikeOutcome>> Engagement::unlike(base::VideoId id, base::UserId user) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.find_visible(id, user));
  const auto written = co_await database_.atomically(ports::unit(uncount_like(user, id), delete_like(user, id)));
  if (!written.done()) co_return co_await unchanged_like(id, false);
  co_return LikeOutcome{false, written[0][0].integer(0)};
}

}  // namespace luot::engagement
