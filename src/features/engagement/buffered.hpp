// Counting in a buffer that many nodes share (docs/decisions/0015-views-and-likes-in-a-buffer.md).
//
// The buffer decides and keeps; a syncer of any node moves what it kept into the database, in batches that the database
// takes once: those of views by their ids, those of likes by their place in the log.
#pragma once

#include "features/engagement/counting.hpp"
#include "features/engagement/subject_reader.hpp"
#include "ports/database.hpp"

namespace luot::engagement {

class Buffered final : public Counting {
 public:
  Buffered(ports::Database& database, SubjectReader& subjects, ports::EngagementBuffer& buffer,
           std::optional<std::int64_t> network_limit)
      : database_(database), subjects_(subjects), buffer_(buffer), network_limit_(network_limit) {}

  base::Task<NotCounted> record(base::VideoId video, std::optional<base::UserId> user, Watcher watcher,
                                Reached reached) override;
  base::Task<base::Result<std::int64_t>> set_like(base::VideoId video, base::UserId user, bool liked) override;
  // The database's alone where the buffer is down or slow.
  base::Task<std::vector<ports::LikeState>> likes_of(base::UserId user, std::vector<base::VideoId> videos) override;
  base::Task<void> restore() override;
  base::Task<bool> sync() override;
  [[nodiscard]] std::chrono::milliseconds sync_pause() const override { return std::chrono::milliseconds(250); }
  base::Task<void> forget_old() override;

 private:
  base::Task<void> tell_likers(base::VideoId video);
  base::Task<bool> sync_views();
  base::Task<bool> sync_likes();

  ports::Database& database_;
  SubjectReader& subjects_;
  ports::EngagementBuffer& buffer_;
  const std::optional<std::int64_t> network_limit_;
};

}  // namespace luot::engagement
