// Views and likes.
#pragma once

#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"
#include "features/playback/playback.hpp"
#include "features/videos/videos.hpp"
#include "ports/clock.hpp"
#include "ports/database.hpp"

namespace luot::engagement {

// A view counts once a viewer and video in this window.
inline constexpr std::chrono::minutes kViewWindow{30};

// Who watches: a user, or else an address (of IPv6 its /64), kept as a keyed hash only.
struct Watcher {
  std::optional<base::UserId> user;
  std::string address;
};

struct ViewReport {
  std::string play_token;
  std::int64_t watched_ms = 0;
};

struct ViewOutcome {
  bool counted = false;
  std::string reason;  // where not counted: already_counted, watched_too_little, too_soon
  std::optional<std::int64_t> retry_after_ms;
  std::int64_t view_count = 0;
};

struct LikeOutcome {
  bool liked = false;
  std::int64_t like_count = 0;
};

class Engagement {
 public:
  // `viewer_key` hashes addresses.
  Engagement(ports::Database& database, videos::Videos& videos, const playback::PlayTokens& tokens,
             const ports::Clock& clock, std::string_view viewer_key);

  // Errors: 404 video_not_found; 422 with play_token invalid or expired.
  base::Task<base::Result<ViewOutcome>> view(base::VideoId id, Watcher watcher, ViewReport report);
  // Both idempotent. Error: 404 video_not_found.
  base::Task<base::Result<LikeOutcome>> like(base::VideoId id, base::UserId user);
  base::Task<base::Result<LikeOutcome>> unlike(base::VideoId id, base::UserId user);

 private:
  base::Task<ViewOutcome> count_view(base::VideoId id, std::string watcher, std::int64_t watched_ms);
  base::Task<std::int64_t> like_count(base::VideoId id);
  [[nodiscard]] std::string name_of(const Watcher& watcher) const;

  ports::Database& database_;
  videos::Videos& videos_;
  const playback::PlayTokens& tokens_;
  const ports::Clock& clock_;
  const base::HmacKey viewer_key_;
};

// POST /videos/{id}/view, POST and DELETE /videos/{id}/like
void add_routes(http::Router& router, Engagement& engagement);

}  // namespace luot::engagement
