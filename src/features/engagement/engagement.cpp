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

// What a viewer has to watch: 3 s, or half of a shorter video.
milliseconds threshold_of(const videos::Video& video) {
  const auto half = milliseconds(static_cast<std::int64_t>(video.duration.value_or(0) * 500));
  return std::min(kLongestThreshold, half);
}

}  // namespace

Engagement::Engagement(ports::Database& database, videos::Videos& videos, const playback::PlayTokens& tokens,
                       const ports::Clock& clock, std::string_view viewer_key)
    : database_(database), videos_(videos), tokens_(tokens), clock_(clock), viewer_key_(viewer_key) {
}

std::string Engagement::name_of(const Watcher& watcher) const {
  if (watcher.user) return "u" + watcher.user->str();
  return "a" + base::base64url_encode(viewer_key_.sign(base::network_of(watcher.address)).substr(0, 16));
}

Task<Result<ViewOutcome>> Engagement::view(base::VideoId id, Watcher watcher, ViewReport report) {
  LUOT_CO_TRY(const auto video, co_await videos_.find_visible(id, watcher.user));
  const auto now = clock_.now();
  const auto issued = tokens_.issued_at(report.play_token, id);
  if (!issued || !video.playable_at) {
    co_return base::invalid_field("play_token", "invalid", "is not a play token of this video.");
  }
  if (now - *issued > playback::kPlayTokenLife) {
    co_return base::invalid_field("play_token", "expired", "has expired; get the video again.");
  }
  const auto threshold = threshold_of(video);
  ViewOutcome outcome;
  outcome.view_count = video.view_count;
  const auto since_issue = std::chrono::duration_cast<milliseconds>(now - *issued);
  if (milliseconds(report.watched_ms) < threshold) {
    outcome.reason = "watched_too_little";
    outcome.retry_after_ms = (threshold - milliseconds(report.watched_ms)).count();
  } else if (since_issue < threshold) {
    outcome.reason = "too_soon";
    outcome.retry_after_ms = (threshold - since_issue).count();
  } else {
    outcome = co_await count_view(id, name_of(watcher), report.watched_ms);
  }
  co_return outcome;
}

Task<ViewOutcome> Engagement::count_view(base::VideoId id, std::string watcher, std::int64_t watched_ms) {
  ViewOutcome outcome;
  const auto written = co_await database_.atomically(
      ports::unit(insert_view(base::random_id(clock_.now()), id, watcher, watched_ms), increment_views(id)));
  if (written.done()) {
    outcome.counted = true;
    outcome.view_count = written[1][0].integer(0);
    co_return outcome;
  }
  outcome.reason = "already_counted";
  const auto rows = co_await database_.read(select_view_count(id));
  if (!rows.empty()) outcome.view_count = rows[0].integer(0);
  co_return outcome;
}

Task<std::int64_t> Engagement::like_count(base::VideoId id) {
  const auto rows = co_await database_.read(select_like_count(id));
  co_return rows.empty() ? 0 : rows[0].integer(0);
}

// Row and counter change together; where the row already is as asked for, nothing does.
Task<Result<LikeOutcome>> Engagement::like(base::VideoId id, base::UserId user) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.find_visible(id, user));
  const auto written = co_await database_.atomically(ports::unit(insert_like(user, id), increment_likes(id)));
  const auto count = written.done() ? written[1][0].integer(0) : co_await like_count(id);
  co_return LikeOutcome{true, count};
}

Task<Result<LikeOutcome>> Engagement::unlike(base::VideoId id, base::UserId user) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.find_visible(id, user));
  const auto written = co_await database_.atomically(ports::unit(delete_like(user, id), decrement_likes(id)));
  const auto count = written.done() ? written[1][0].integer(0) : co_await like_count(id);
  co_return LikeOutcome{false, count};
}

}  // namespace luot::engagement
