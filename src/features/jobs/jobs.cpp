#include "features/jobs/jobs.hpp"

#include "features/jobs/jobs_store.hpp"

namespace luot::jobs {

using base::Task;

Task<std::optional<Job>> Jobs::claim(std::string kind) {
  // A look costs no write; most looks find nothing.
  const auto due = co_await database_.read(select_due(kind));
  if (due.empty()) co_return std::nullopt;
  const auto outcome = co_await database_.atomically(ports::unit(claim_due(kind, base::random_name())));
  if (!outcome.done() || outcome[0].empty()) co_return std::nullopt;
  co_return read_job(outcome[0][0]);
}

Task<void> Jobs::retry_later(Job job, std::string error) {
  const auto delay = std::min<std::int64_t>(2LL << std::min(job.attempts - 1, 8), kLongestDelay.count());
  co_await database_.atomically(ports::unit(requeue(job, static_cast<double>(delay), error)));
}

Task<void> Jobs::postpone(Job job, std::string error) {
  --job.attempts;
  co_await database_.atomically(ports::unit(requeue(job, 10, error)));
}

Task<void> Jobs::release(Job job) {
  co_await database_.atomically(ports::unit(unclaim(job)));
}

}  // namespace luot::jobs
