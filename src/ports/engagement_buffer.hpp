// Views and likes between their answer and the database, where many nodes share them. What it answers is kept by it
// until a syncer has moved it into the database, whatever happens to nodes meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/ids.hpp"

namespace luot::ports {

// How far a viewer got with a video, as a report says it and as is plausible.
struct WatchReport {
  base::VideoId video;
  std::optional<base::UserId> user;  // who is signed in; the video is marked as seen for him
  std::string viewer;
  std::string network;
  bool threshold = false;  // watched long enough for a view
  bool end = false;
  std::int64_t watched_ms = 0;  // in all since the play token was issued
  std::int64_t issued = 0;      // unix seconds
};

struct ViewRules {
  std::chrono::seconds window{};              // in which a view counts once a viewer and video
  std::optional<std::int64_t> network_limit;  // views of a video that count from one network in a window
};

enum class ViewVerdict { kCounted, kThreshold, kAlready, kNetworkLimit };

// What reports of one video added.
struct ViewSums {
  base::VideoId video;
  std::int64_t starts = 0;
  std::int64_t views = 0;
  std::int64_t completions = 0;
  std::int64_t watched_ms = 0;
};

// Never changes; its id is never given to another.
struct ViewBatch {
  std::string id;
  std::vector<ViewSums> sums;  // by video
  struct Seen {
    base::UserId user;
    base::VideoId video;
  };
  std::vector<Seen> seen;
};

// What the database says of a user and a video, as it was a few seconds ago at most.
struct LikeRow {
  bool liked = false;
  std::int64_t like_count = 0;
};

struct LikeAnswer {
  std::int64_t like_count = 0;
  // Many come, and the buffer lacks the list of all who like the video, or might: see keep_likers().
  bool wants_likers = false;
};

// The end of all that a user did to a video in a stretch of the log.
struct LikeChange {
  base::UserId user;
  base::VideoId video;
  bool liked = false;
};

// How far the log of likes has been moved into the database. A log that was lost begins anew with another epoch.
struct LikeOffset {
  std::string epoch;
  std::string last;  // "0-0": nothing of this epoch
  bool operator==(const LikeOffset&) const = default;
};

struct LikeBatch {
  LikeOffset upto;  // where its epoch is another, the database is to learn that first, and there are no changes
  std::vector<LikeChange> changes;
  bool more = false;
};

// What is known beyond the database of a video's likes; nothing where the database is current.
struct LikeState {
  std::optional<bool> liked;
  std::optional<std::int64_t> like_count;
};

// All throw Unavailable where it is down; what they were to do may have been done then.
class EngagementBuffer {
 public:
  virtual ~EngagementBuffer() = default;

  // Each start, view, completion and millisecond adds once a window.
  virtual base::Task<ViewVerdict> report(WatchReport report, ViewRules rules) = 0;
  // The oldest batch that the database may learn of, the same until it is forgotten.
  virtual base::Task<std::optional<ViewBatch>> due_views() = 0;
  virtual base::Task<void> forget_views(std::string batch) = 0;

  // The video's likes after it. Nothing where `row` is needed to decide, and absent.
  virtual base::Task<std::optional<LikeAnswer>> set_like(base::UserId user, base::VideoId video, bool liked,
                                                         std::optional<LikeRow> row) = 0;
  // At most so many.
  static constexpr std::int64_t kMostLikers = 10'000;
  // All who like the video, as the database had it a few seconds ago at most: what they do is decided without a row.
  virtual base::Task<void> keep_likers(base::VideoId video, std::vector<base::UserId> likers) = 0;
  // What follows `offset`, which the database has.
  virtual base::Task<LikeBatch> due_likes(LikeOffset offset) = 0;
  // In the order of `videos`. Waits a tenth of a second at most.
  virtual base::Task<std::vector<LikeState>> likes_of(base::UserId user, std::vector<base::VideoId> videos) = 0;
};

}  // namespace luot::ports
