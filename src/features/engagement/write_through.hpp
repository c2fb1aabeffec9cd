// Counting in the database of one node.
//
// A report of watching is written to an append-only log before it is answered; what it adds is decided in memory
// (RecentViews), which is rebuilt from the log's last half hour at start. The log's sums move into the counters of
// videos once a second, so `view_count` may lag, and never goes back. A like is a row, written with its counter.
#pragma once

#include "features/engagement/counting.hpp"
#include "features/engagement/subject_reader.hpp"
#include "ports/clock.hpp"
#include "ports/database.hpp"

namespace luot::engagement {

class WriteThrough final : public Counting {
 public:
  WriteThrough(ports::Database& database, SubjectReader& subjects, const ports::Clock& clock,
               std::optional<std::int64_t> network_limit)
      : database_(database), subjects_(subjects), clock_(clock), recent_(network_limit) {}

  base::Task<NotCounted> record(base::VideoId video, std::optional<base::UserId> user, Watcher watcher,
                                Reached reached) override;
  base::Task<base::Result<std::int64_t>> set_like(base::VideoId video, base::UserId user, bool liked) override;
  base::Task<std::vector<ports::LikeState>> likes_of(base::UserId user, std::vector<base::VideoId> videos) override;
  base::Task<void> restore() override;
  base::Task<bool> sync() override;
  [[nodiscard]] std::chrono::milliseconds sync_pause() const override { return std::chrono::seconds(1); }
  base::Task<void> forget_old() override;

 private:
  ports::Database& database_;
  SubjectReader& subjects_;
  const ports::Clock& clock_;
  RecentViews recent_;
};

// Moves a batch of the log into the counters. True where there is more.
base::Task<bool> count_log(ports::Database& database);

}  // namespace luot::engagement
