// How views and likes are kept between their answer and the counters of videos. Two ways: written through to the
// database (one node), or in a buffer that many nodes share.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/async.hpp"
#include "base/result.hpp"
#include "features/engagement/recent_views.hpp"
#include "features/videos/videos.hpp"
#include "ports/engagement_buffer.hpp"

namespace luot::engagement {

// What the database says to who reports, likes or unlikes: of the video its id, owner, visibility, duration, counts and
// when it became playable, and nothing else.
struct Subject {
  videos::Video video;
  bool liked = false;  // by who asks
};

class Counting {
 public:
  virtual ~Counting() = default;

  // Stored when it returns; kNo where a view was counted. A fault leaves open whether it was.
  virtual base::Task<NotCounted> record(base::VideoId video, std::optional<base::UserId> user, Watcher watcher,
                                        Reached reached) = 0;
  // Stored when it returns the video's likes. Error: 404 video_not_found, also for what `user` may not see.
  virtual base::Task<base::Result<std::int64_t>> set_like(base::VideoId video, base::UserId user, bool liked) = 0;
  // What is known beyond the database, in the order of `videos`; an empty list where nothing is.
  virtual base::Task<std::vector<ports::LikeState>> likes_of(base::UserId user, std::vector<base::VideoId> videos) = 0;

  // Before the first record() of a process.
  virtual base::Task<void> restore() = 0;
  // Moves a batch into the counters. True where there is more.
  virtual base::Task<bool> sync() = 0;
  [[nodiscard]] virtual std::chrono::milliseconds sync_pause() const = 0;
  virtual base::Task<void> forget_old() = 0;
};

}  // namespace luot::engagement
