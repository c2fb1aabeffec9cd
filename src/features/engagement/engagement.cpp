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
constexpr double kCompleted = 0.95;   // of the duration

milliseconds duration_of(const videos::Video& video) {
  return milliseconds(static_cast<std::int64_t>(video.duration.value_or(0) * 1000));
}

// What a viewer has to watch: 3 s, or half of a shorter video.
milliseconds threshold_of(const videos::Video& video) {
  return std::min(kLongestThreshold, duration_of(video) / 2);
}

// Nobody has watched for longer than the token is old.
Reached reached(const videos::Video& video, milliseconds watched, milliseconds since_issue) {
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
  const auto watcher = watcher_of(sender);
  const auto claimed = recent_.claim(id, watcher, reached(video, watched, since_issue), now);
  if (claimed.added.anything()) {
    std::exception_ptr fault;
    try {
      co_await database_.atomically(ports::unit(insert_report(id, sender.user, watcher, claimed.added)));
    } catch (...) {
      fault = std::current_exception();
    }
    if (fault) {
      recent_.take_back(id, watcher, claimed.added);
      std::rethrow_exception(fault);
    }
  }
  co_return describe(claimed, video, watched, since_issue);
}

Task<std::int64_t> Engagement::like_count(base::VideoId id) {
  const auto rows = co_await database_.read(select_like_count(id));
  co_return rows.empty() ? 0 : rows[0].integer(0);
}

// Row and counter change together; where the row already is as asked for, nothing does.
Task<Result<LikeOutcome>> Engagement::like(base::VideoId id, base::UserId user) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.find_visible(id, user));
  const auto written = co_await database_.atomically(ports::unit(insert_like(user, id), count_like(id)));
  const auto count = written.done() ? written[1][0].integer(0) : co_await like_count(id);
  co_return LikeOutcome{true, count};
}

Task<Result<LikeOutcome>> Engagement::unlike(base::VideoId id, base::UserId user) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.find_visible(id, user));
  const auto written = co_await database_.atomically(ports::unit(uncount_like(user, id), delete_like(user, id)));
  const auto count = written.done() ? written[0][0].integer(0) : co_await like_count(id);
  co_return LikeOutcome{false, count};
}

}  // namespace luot::engagement
