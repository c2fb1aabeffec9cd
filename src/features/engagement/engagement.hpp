// Views and likes.
//
// What comes of a report, a like or an unlike is decided here; how it is kept until it is in the counters of videos is
// a Counting's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"
#include "features/engagement/counting.hpp"
#include "features/engagement/subject_reader.hpp"
#include "features/engagement/viewer_tokens.hpp"
#include "features/playback/playback.hpp"
#include "features/videos/videos.hpp"
#include "ports/clock.hpp"
#include "ports/database.hpp"

namespace luot::engagement {

struct EngagementOptions {
  std::optional<std::int64_t>
      network_limit;            // views of a video that count from one network in a window; nothing: no limit
  bool secure_cookies = false;  // the page is served by https
};

// Who sends a report: a user; else whom a viewer token names; else the address (of IPv6 its /64).
struct Sender {
  std::optional<base::UserId> user;
  std::string viewer_token;  // may be empty, or not ours
  std::string address;
};

struct ViewReport {
  std::string play_token;
  std::int64_t watched_ms = 0;  // since the play token was issued, in all
};

struct ViewOutcome {
  bool counted = false;
  std::string reason;  // where not counted: already_counted, watched_too_little, too_soon, network_limit
  std::optional<std::int64_t> retry_after_ms;
  std::int64_t view_count = 0;  // as the database has it by now
};

struct LikeOutcome {
  bool liked = false;
  std::int64_t like_count = 0;
};

class Engagement {
 public:
  // `viewer_key` hashes addresses. Without a `buffer` everything is written through to the database, and no other
  // process may count.
  Engagement(ports::Database& database, const playback::PlayTokens& tokens, const ViewerTokens& viewer_tokens,
             const ports::Clock& clock, std::string_view viewer_key, EngagementOptions options,
             ports::EngagementBuffer* buffer = nullptr);

  // Errors: 404 video_not_found; 422 with play_token invalid or expired.
  base::Task<base::Result<ViewOutcome>> view(base::VideoId id, Sender sender, ViewReport report);
  // Both idempotent. Error: 404 video_not_found.
  base::Task<base::Result<LikeOutcome>> like(base::VideoId id, base::UserId user);
  base::Task<base::Result<LikeOutcome>> unlike(base::VideoId id, base::UserId user);

  [[nodiscard]] const ViewerTokens& viewer_tokens() const { return viewer_tokens_; }
  [[nodiscard]] const EngagementOptions& options() const { return options_; }

  // What is known beyond the database of the likes of `videos`, in their order; an empty list where nothing is.
  base::Task<std::vector<ports::LikeState>> likes_of(base::UserId user, std::vector<base::VideoId> videos);

  // Before the first view() of a process.
  base::Task<void> restore();
  // Moves what was kept into the counters, and forgets what is old, until it is cancelled.
  base::Task<void> run_syncer();
  // One batch. True where there is more.
  base::Task<bool> sync();

 private:
  base::Task<base::Result<LikeOutcome>> set_like(base::VideoId id, base::UserId user, bool liked);
  [[nodiscard]] Watcher watcher_of(const Sender& sender) const;

  SubjectReader subjects_;
  const playback::PlayTokens& tokens_;
  const ViewerTokens& viewer_tokens_;
  const ports::Clock& clock_;
  const base::HmacKey viewer_key_;
  const EngagementOptions options_;
  const std::unique_ptr<Counting> counting_;
};

// POST /videos/{id}/view, POST and DELETE /videos/{id}/like, POST /viewers
void add_routes(http::Router& router, Engagement& engagement);

}  // namespace luot::engagement
