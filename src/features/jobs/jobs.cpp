#include "features/jobs/jobs.hpp"

#include <algorithm>

#include "features/jobs/jobs_store.hpp"

namespace luot::jobs {

using base::Task;

// Where these figures come from: docs/decisions/0026.
double cost_of_first_turn(std::int64_t bytes) {
  constexpr double kMiB = 1024 * 1024;
  return std::min(5 + static_cast<double>(bytes) / kMiB / 4, 120.0);
}

double cost_of_rest(double seconds) {
  constexpr double kBehindFirstTurns = 300;
  return kBehindFirstTurns + std::min(seconds, 600.0);
}

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

Task<bool> Jobs::yield(Job job, double cost) {
  const auto outcome = co_await database_.atomically(ports::unit(give_way(job, cost)));
  co_return outcome.done() && !outcome[0].empty();
}

}  // namespace luot::jobs
