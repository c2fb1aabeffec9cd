// How far a video's processing is, for its owner to follow. Read from the database, never remembered: any node can
// tell.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "features/videos/videos.hpp"
#include "ports/database.hpp"

namespace luot::transcoding {

// Beyond it nobody counts.
inline constexpr std::int64_t kMostAhead = 100;

// One look at a video.
struct Progress {
  videos::Status status{};
  std::optional<videos::Stage> stage;  // while it is processed; absent while no worker is on it
  std::int64_t percent = 0;            // while it is transcoded
  bool playable = false;
  std::optional<videos::Failure> failure;
  std::int64_t queue_position = 0;  // jobs ahead of its own while no worker is on it, kMostAhead at most
};

struct ProgressEvent {
  std::string_view name;
  boost::json::object data;
  bool last = false;  // nothing comes after it
};

// What `now` (absent: the video is deleted) has to tell since `before` (absent: the first look).
std::vector<ProgressEvent> events_since(const std::optional<Progress>& before, const std::optional<Progress>& now);

// Who follows holds a seat, of which there are so many in a process.
class Seats {
 public:
  static constexpr int kAll = 2000;
  static constexpr int kOfOneUser = 10;

  // Throws Unavailable ("overloaded") where all are taken. The seat is free when its last holder is gone; holders go
  // before the seats.
  std::shared_ptr<const void> take(base::UserId user);

 private:
  void leave(base::UserId user);

  std::mutex mutex_;  // guards the rest
  int taken_ = 0;
  std::map<base::UserId, int> of_user_;
};

class ProgressWatch {
 public:
  ProgressWatch(ports::Database& database, videos::Videos& videos) : database_(database), videos_(videos) {}

  // A seat to follow a video from. Errors: as Videos::find_owned(). Throws Unavailable where none is free.
  base::Task<base::Result<std::shared_ptr<const void>>> follow(base::VideoId id, base::UserId viewer);
  // Nothing where the video is deleted.
  base::Task<std::optional<Progress>> look(base::VideoId id);

 private:
  ports::Database& database_;
  videos::Videos& videos_;
  Seats seats_;
};

}  // namespace luot::transcoding
