#include "features/engagement/engagement.hpp"

#include "base/address.hpp"
#include "base/encoding.hpp"
#include "features/engagement/buffered.hpp"
#include "features/engagement/write_through.hpp"

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

ViewOutcome describe(NotCounted why_not, const videos::Video& video, milliseconds watched, milliseconds since_issue) {
  ViewOutcome outcome;
  outcome.view_count = video.view_count;
  outcome.counted = why_not == NotCounted::kNo;
  const auto threshold = threshold_of(video);
  switch (why_not) {
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

std::unique_ptr<Counting> make_counting(ports::Database& database, const ports::Clock& clock, SubjectReader& subjects,
                                        const EngagementOptions& options, ports::EngagementBuffer* buffer) {
  if (buffer != nullptr) return std::make_unique<Buffered>(database, subjects, *buffer, options.network_limit);
  return std::make_unique<WriteThrough>(database, subjects, clock, options.network_limit);
}

}  // namespace

Engagement::Engagement(ports::Database& database, const playback::PlayTokens& tokens, const ViewerTokens& viewer_tokens,
                       const ports::Clock& clock, std::string_view viewer_key, EngagementOptions options,
                       ports::EngagementBuffer* buffer)
    : subjects_(database),
      tokens_(tokens),
      viewer_tokens_(viewer_tokens),
      clock_(clock),
      viewer_key_(viewer_key),
      options_(options),
      counting_(make_counting(database, clock, subjects_, options, buffer)) {
}

Watcher Engagement::watcher_of(const Sender& sender) const {
  Watcher watcher;
  watcher.network = base::base64url_encode(viewer_key_.sign(base::network_of(sender.address)).substr(0, 16));
  const auto anonymous = sender.user ? std::nullopt : viewer_tokens_.verify(sender.viewer_token);
  watcher.viewer = sender.user ? "u" + sender.user->str() : anonymous ? "v" + *anonymous : "a" + watcher.network;
  return watcher;
}

Task<Result<ViewOutcome>> Engagement::view(base::VideoId id, Sender sender, ViewReport report) {
  LUOT_CO_TRY(const auto subject, co_await subjects_.find_visible(id, sender.user));
  const auto& video = subject.video;
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
  const auto why_not = co_await counting_->record(id, sender.user, watcher_of(sender), reached);
  co_return describe(why_not, video, watched, since_issue);
}

Task<Result<LikeOutcome>> Engagement::set_like(base::VideoId id, base::UserId user, bool liked) {
  LUOT_CO_TRY(const auto count, co_await counting_->set_like(id, user, liked));
  co_return LikeOutcome{liked, count};
}

Task<Result<LikeOutcome>> Engagement::like(base::VideoId id, base::UserId user) {
  return set_like(id, user, true);
}

Task<Result<LikeOutcome>> Engagement::unlike(base::VideoId id, base::UserId user) {
  return set_like(id, user, false);
}

Task<std::vector<ports::LikeState>> Engagement::likes_of(base::UserId user, std::vector<base::VideoId> videos) {
  return counting_->likes_of(user, std::move(videos));
}

}  // namespace luot::engagement
