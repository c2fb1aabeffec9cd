#include "features/jobs/jobs_store.hpp"

namespace luot::jobs {
namespace {

constexpr ports::Sql kEnqueue{.name = "enqueue_job",
                              .text = R"(
  insert into jobs (id, kind, video_id, payload, state, run_at, created_at)
  values ($1, $2, $3, $4, 'queued', now(), now()))",
                              .wakes = kQueued};

// A time further away than any that is ever set was set before the clock was put back: it is over, too.
#define LUOT_IS_OVER(time) "(" time " <= now() or " time " > seconds_from_now(120))"

constexpr ports::Sql kDue{"due_job",
                          "select 1 where exists (select 1 from jobs where state = 'queued' and kind = $1 and "
                          LUOT_IS_OVER("run_at") ") or exists (select 1 from jobs where state = 'running' and "
                          "kind = $1 and " LUOT_IS_OVER("lease_expires_at") ")"};

// Abandoned jobs first: their videos wait the longest. On PostgreSQL what others are about to claim is stepped over.
#define LUOT_CLAIM(lock)                                                                                 \
  "update jobs set state = 'running', attempts = attempts + 1, lease_token = $2, lease_expires_at = "    \
  "seconds_from_now($3) where id = coalesce("                                                            \
  "(select id from jobs where state = 'running' and kind = $1 and " LUOT_IS_OVER(                        \
      "lease_expires_at") " order by lease_expires_at limit 1" lock                                      \
                          "), "                                                                          \
                          "(select id from jobs where state = 'queued' and kind = $1 and " LUOT_IS_OVER( \
                              "run_at") " order by run_at, id limit 1" lock                              \
                                        ")) returning id, video_id, payload, attempts, lease_token"
constexpr ports::Sql kClaim{"claim_job", LUOT_CLAIM(""), LUOT_CLAIM(" for update skip locked")};

constexpr ports::Sql kRenew{"renew_job", R"(
  update jobs set lease_expires_at = seconds_from_now($3)
  where id = $1 and lease_token = $2 and state = 'running' and lease_expires_at > now())"};

constexpr ports::Sql kFinish{"finish_job", R"(
  update jobs set state = 'done', finished_at = now(), lease_token = null, lease_expires_at = null
  where id = $1 and lease_token = $2 and state = 'running' and lease_expires_at > now())"};

constexpr ports::Sql kQuarantine{"quarantine_job", R"(
  update jobs set state = 'quarantined', finished_at = now(), last_error = $3, lease_token = null,
    lease_expires_at = null
  where id = $1 and lease_token = $2 and state = 'running' and lease_expires_at > now())"};

constexpr ports::Sql kRequeue{"requeue_job", R"(
  update jobs set state = 'queued', attempts = $5, run_at = seconds_from_now($3), last_error = $4, lease_token = null,
    lease_expires_at = null
  where id = $1 and lease_token = $2 and state = 'running')"};

constexpr ports::Sql kUnclaim{"unclaim_job", R"(
  update jobs set state = 'queued', attempts = attempts - 1, lease_token = null, lease_expires_at = null
  where id = $1 and lease_token = $2 and state = 'running')"};

static_assert(kLongestDelay < std::chrono::seconds(120) && kLease < kLongestDelay);

double lease_seconds() {
  return static_cast<double>(kLease.count());
}

}  // namespace

ports::Statement enqueue(base::JobId id, const std::string& kind, base::VideoId video, const std::string& payload) {
  return ports::Statement(kEnqueue, id, kind, video, payload).must_touch(1);
}

ports::Statement select_due(const std::string& kind) {
  return ports::Statement(kDue, kind);
}

ports::Statement claim_due(const std::string& kind, const std::string& lease_token) {
  return ports::Statement(kClaim, kind, lease_token, lease_seconds());
}

Job read_job(const ports::Row& row) {
  return {row.id<base::JobId>(0), row.id<base::VideoId>(1), row.text(2), static_cast<int>(row.integer(3)), row.text(4)};
}

ports::Statement renew(const Job& job) {
  return ports::Statement(kRenew, job.id, job.lease_token, lease_seconds()).must_touch(1);
}

ports::Statement finish(const Job& job) {
  return ports::Statement(kFinish, job.id, job.lease_token).must_touch(1);
}

ports::Statement quarantine(const Job& job, const std::string& error) {
  return ports::Statement(kQuarantine, job.id, job.lease_token, error).must_touch(1);
}

ports::Statement requeue(const Job& job, double delay_s, const std::string& error) {
  return ports::Statement(kRequeue, job.id, job.lease_token, delay_s, error, job.attempts);
}

ports::Statement unclaim(const Job& job) {
  return ports::Statement(kUnclaim, job.id, job.lease_token);
}

}  // namespace luot::jobs
