// Views and likes of many nodes, until a syncer has moved them into the database. Keys, by ids of 11 characters:
//   watch:VIDEO:VIEWER     what this viewer told of this video ("since flags issued milliseconds"), an hour
//   network:VIDEO:NETWORK  views that counted from this network in its window
//   views:pending          hash: sums to come, "VIDEO n" reports that added the combination n (1 start, 2 view,
//                          4 completion), "VIDEO ms" milliseconds, "VIDEO uUSER" that he has seen it
//   views:batches          sorted set: closed batches by the millisecond that closed them; views:batch:ID is its hash
//   video:VIDEO:likes      set of users who like it, and "complete": all of them; no set where more than 10,000 do
//   video:VIDEO:ops        hash: each user's latest operation ("1" or "0", and its place in the log) until 60 s after
//   the
//                          database has it, and "count", the likes with all of them
//   likes:log              stream of operations; likes:epoch names it; likes:marks how far the database was when
#pragma once

#include "adapters/redis/redis_client.hpp"
#include "base/gathering.hpp"
#include "ports/engagement_buffer.hpp"

namespace luot::redis {

// Reports of watching that come in a turn of a loop are told together. Each has its own time, so those of one turn do
// not wait for those of another.
class Reporting final : base::Gathering<std::pair<ports::WatchReport, ports::ViewRules>, ports::ViewVerdict> {
 public:
  explicit Reporting(RedisClient& client)
      : Gathering(64, Answers::kOverlap), client_(client), view_(client.script("view")) {}

  base::Task<ports::ViewVerdict> report(ports::WatchReport report, ports::ViewRules rules) {
    return ask({std::move(report), rules});
  }

 private:
  base::Task<std::vector<ports::ViewVerdict>> answer(
      std::vector<std::pair<ports::WatchReport, ports::ViewRules>> reports) override;

  RedisClient& client_;
  const Script view_;
};

class RedisEngagementBuffer final : public ports::EngagementBuffer {
 public:
  explicit RedisEngagementBuffer(RedisClient& client);

  base::Task<ports::ViewVerdict> report(ports::WatchReport report, ports::ViewRules rules) override;
  base::Task<std::optional<ports::ViewBatch>> due_views() override;
  base::Task<void> forget_views(std::string batch) override;
  base::Task<std::optional<ports::LikeAnswer>> set_like(base::UserId user, base::VideoId video, bool liked,
                                                        std::optional<ports::LikeRow> row) override;
  base::Task<void> keep_likers(base::VideoId video, std::vector<base::UserId> likers) override;
  base::Task<ports::LikeBatch> due_likes(ports::LikeOffset offset) override;
  base::Task<std::vector<ports::LikeState>> likes_of(base::UserId user, std::vector<base::VideoId> videos) override;

 private:
  base::Task<std::int64_t> settling_ms();

  RedisClient& client_;
  Reporting reporting_;
  const Script views_due_;
  const Script views_forget_;
  const Script like_;
  const Script likers_;
  const Script likes_due_;
  const Script likes_of_;
};

}  // namespace luot::redis
