// The queue of work: rows in the database, claimed under a lease by the database's clock, in an order that is fair to
// all who wait (docs/decisions/0026).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/ids.hpp"
#include "ports/database.hpp"

namespace luot::jobs {

// A worker that does not renew within this has lost its job. Short, so that a crash delays a video little.
inline constexpr std::chrono::seconds kLease{20};
inline constexpr std::chrono::seconds kRenewEvery{5};
inline constexpr int kMaxAttempts = 5;
inline constexpr std::chrono::seconds kLongestDelay{64};  // between two tries

// What a new job wakes (ports::Database::wait_for): workers need not wait for their next look.
inline constexpr const char* kQueued = "jobs";
inline constexpr const char* kTranscode = "transcode";  // the kind of job that there is

struct Job {
  base::JobId id;
  base::VideoId video;
  std::string payload;      // what the kind of job needs to know: for transcode, the original's object key
  int attempts = 0;         // this one included
  std::string lease_token;  // proves that the job is ours
  bool playable = false;    // an earlier turn published a first quality, and left the rest to this one
};

// How much work a job is, in seconds or so: only the order of turns depends on it.
double cost_of_first_turn(std::int64_t bytes);  // of an original of so many
double cost_of_rest(double seconds);            // of a playable video of that length

class Jobs {
 public:
  explicit Jobs(ports::Database& database) : database_(database) {}

  // The next job of `kind` that is due, or nothing. A job whose worker vanished is due when its lease ended.
  base::Task<std::optional<Job>> claim(std::string kind);
  // Tried `kMaxAttempts` times already, without an end: its worker died each time.
  [[nodiscard]] static bool worn_out(const Job& job) { return job.attempts > kMaxAttempts; }
  // Back into the queue after a fault, with exponential back-off from two seconds.
  base::Task<void> retry_later(Job job, std::string error);
  // Back into the queue for ten seconds, uncounted: an engine that it needs is down.
  base::Task<void> postpone(Job job, std::string error);
  // Back into the queue at once, as if it had not been claimed: the worker is asked to stop.
  base::Task<void> release(Job job);
  // The video is playable, and what is left to do takes so long. True where others that wait come before it now: the
  // job is back in the queue, uncounted, and no longer this worker's.
  base::Task<bool> yield(Job job, double cost);

 private:
  ports::Database& database_;
};

// For units. Each touches one row, and must: where it does not, the lease is lost and nothing of the unit is written.
// The video is there.
ports::Statement enqueue(base::JobId id, const std::string& kind, base::VideoId video, const std::string& payload,
                         double cost);
ports::Statement renew(const Job& job);
ports::Statement finish(const Job& job);
ports::Statement quarantine(const Job& job, const std::string& error);

}  // namespace luot::jobs
