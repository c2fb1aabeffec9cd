#include "features/jobs/jobs_store.hpp"

namespace luot::jobs {
namespace {

// Where the queue is: at the rank of the newest first turn that goes on, else where the next job begins.
#define LUOT_NOW_SERVED                                                                      \
  "coalesce((select max(r.rank) from jobs r where r.state = 'running' and r.playable = 0), " \
  "(select h.rank - h.cost from jobs h where h.state = 'queued' order by h.rank, h.id limit 1), 0)"

// Behind what is served now, by its own cost and by what the same user has waiting, of each job as much as of itself:
// as if all of his were worked on at once. So who has much waiting stands far behind with the last of it, others come
// between, and of his own the short ones come first.
#define LUOT_RANK(user, cost)                                                          \
  "(select max(t.served) + sum(case when m.id is null then 0 else least(m.cost, " cost \
  ", m.rank - t.served) end) + " cost " from (select " LUOT_NOW_SERVED                 \
  " as served) t left join jobs m on m.state = 'queued' and m.user_id = " user " and m.rank > t.served)"

constexpr ports::Sql kEnqueue{.name = "enqueue_job",
                              .text =
                                  "insert into jobs (id, kind, video_id, payload, state, run_at, created_at, "
                                  "user_id, cost, rank) select $1, $2, v.id, $4, 'queued', now(), now(), "
                                  "v.user_id, $5, " LUOT_RANK("v.user_id", "$5") " from videos v where v.id = $3",
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
                              "run_at") " order by rank, id limit 1" lock                                \
                                        ")) returning id, video_id, payload, attempts, lease_token, playable"
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

// Steps back only where it would not be the next again.
#define LUOT_NEW_RANK LUOT_RANK("jobs.user_id", "$3")
constexpr ports::Sql kGiveWay{
    "give_way_job",
    "update jobs set state = 'queued', attempts = attempts - 1, run_at = now(), playable = 1, "
    "cost = $3, rank = " LUOT_NEW_RANK
    ", lease_token = null, lease_expires_at = null "
    "where id = $1 and lease_token = $2 and state = 'running' and exists (select 1 from jobs o "
    "where o.state = 'queued' and o.kind = jobs.kind and o.run_at <= now() and "
    "o.rank < " LUOT_NEW_RANK ") returning id"};

static_assert(kLongestDelay < std::chrono::seconds(120) && kLease < kLongestDelay);

double lease_seconds() {
  return static_cast<double>(kLease.count());
}

}  // namespace

ports::Statement enqueue(base::JobId id, const std::string& kind, base::VideoId video, const std::string& payload,
                         double cost) {
  return ports::Statement(kEnqueue, id, kind, video, payload, cost).must_touch(1);
}

ports::Statement select_due(const std::string& kind) {
  return ports::Statement(kDue, kind);
}

ports::Statement claim_due(const std::string& kind, const std::string& lease_token) {
  return ports::Statement(kClaim, kind, lease_token, lease_seconds());
}

Job read_job(const ports::Row& row) {
  return {row.id<base::JobId>(0), row.id<base::VideoId>(1), row.text(2), static_cast<int>(row.integer(3)), row.text(4),
          row.boolean(5)};
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

ports::Statement give_way(const Job& job, double cost) {
  return ports::Statement(kGiveWay, job.id, job.lease_token, cost);
}

}  // namespace luot::jobs
