#include "features/transcoding/transcoding_jobs.hpp"

#include <sys/stat.h>

#include <thread>

#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/task_group.hpp"
#include "features/reclaim/reclaim.hpp"
#include "features/transcoding/stages.hpp"

namespace luot::transcoding {
namespace {

namespace fs = std::filesystem;
using base::Task;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{250};
constexpr std::chrono::milliseconds kTell{1000};

Task<void> pause(Clock::duration duration) {
  base::Timer timer(co_await base::asio::this_coro::executor, duration);
  co_await timer.async_wait(base::use_task);
}

// A folder that goes with its scope.
class ScratchFolder {
 public:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {
    if (::mkdir(path_.c_str(), 0700) != 0) base::throw_errno("make folder " + path_.string());
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

Task<void> Transcoding::run_worker() {
  const base::Counted counted(workers_);
  while (!stop_.stop_requested()) {
    std::exception_ptr fault;
    bool worked = false;
    try {
      auto job = co_await jobs_.claim(jobs::kTranscode);
      if (job) {
        worked = true;
        co_await work_on(*std::move(job));
      }
    } catch (const std::exception& e) {  // the database is down: the lease, if any, runs out by itself
      base::log::warning("worker", {{"error", e.what()}});
      fault = std::current_exception();
    }
    if (fault) co_await pause(std::chrono::seconds(1));
    if (!worked) co_await database_.wait_for(jobs::kQueued, kPoll);
  }
}

void Transcoding::stop() {
  stop_.request_stop();
  while (workers_.load() > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

Task<void> Transcoding::work_on(jobs::Job job) {
  if (jobs::Jobs::worn_out(job)) {
    const videos::Failure worn_out{"worker_died", "The video could not be converted: each try ended unexpectedly."};
    co_await give_up(job, worn_out);
    co_return;
  }
  const auto started = Clock::now();
  base::log::info("transcoding", {{"video", job.video.str()}, {"attempt", job.attempts}});
  auto lease = std::make_shared<Lease>();
  const std::stop_callback on_stop(stop_.get_token(), [lease] { lease->stop.request_stop(); });
  base::TaskGroup keeper(co_await base::asio::this_coro::executor);
  keeper.spawn("lease", keep_lease(job, lease));

  base::Result<bool> outcome = true;
  std::exception_ptr thrown;
  try {
    const ScratchFolder folder(scratch_ / (job.id.str() + "-" + job.lease_token));
    outcome = co_await transcode(job, lease, folder.path());
  } catch (...) {
    thrown = std::current_exception();
  }
  lease->over = true;
  keeper.cancel();
  co_await keeper.join();

  co_await conclude(job, outcome, describe(thrown), Clock::now() - started);
}

Transcoding::Fault Transcoding::describe(const std::exception_ptr& fault) {
  try {
    if (fault) std::rethrow_exception(fault);
  } catch (const ports::Stopped& e) {
    return {Interruption::kStopped, e.what()};
  } catch (const LeaseLost& e) {
    return {Interruption::kStopped, e.what()};
  } catch (const GaveWay& e) {
    return {Interruption::kGaveWay, e.what()};
  } catch (const base::Unavailable& e) {
    // A tool that is killed, or short of memory, again and again may be the file's doing: it counts, or a hostile file
    // would be tried for ever.
    const bool counts = e.code() == "transcoder_killed" || e.code() == "transcoder_out_of_memory";
    return {counts ? Interruption::kFault : Interruption::kEngineDown, e.what()};
  } catch (const std::exception& e) {
    return {Interruption::kFault, e.what()};
  }
  return {};
}

Task<void> Transcoding::conclude(jobs::Job job, base::Result<bool> outcome, Fault fault,
                                 std::chrono::steady_clock::duration took) {
  const auto video = job.video.str();
  if (fault.kind == Interruption::kStopped) {
    base::log::warning("transcoding stopped", {{"video", video}, {"reason", fault.description}});
    co_await jobs_.release(job);
  } else if (fault.kind == Interruption::kGaveWay) {
    base::log::info("transcoding gives way", {{"video", video}});
  } else if (fault.kind == Interruption::kEngineDown) {
    base::log::warning("transcoding waits", {{"video", video}, {"for", fault.description}});
    co_await jobs_.postpone(job, fault.description);
  } else if (fault.kind == Interruption::kFault && job.attempts >= jobs::kMaxAttempts) {
    base::log::error("transcoding given up", {{"video", video}, {"error", fault.description}});
    const videos::Failure ours{"internal", "The video could not be converted because of a fault on our side."};
    co_await give_up(job, ours);
  } else if (fault.kind == Interruption::kFault) {
    base::log::warning("transcoding failed, will be tried again", {{"video", video}, {"error", fault.description}});
    co_await jobs_.retry_later(job, fault.description);
  } else if (!outcome) {
    base::log::info("video failed", {{"video", video}, {"code", outcome.error().code}});
    const videos::Failure verdict{outcome.error().code, outcome.error().detail};
    co_await give_up(job, verdict);
  } else {
    base::log::info("video ready", {{"video", video}, {"seconds", std::chrono::duration<double>(took).count()}});
  }
}

Task<void> Transcoding::give_up(jobs::Job job, videos::Failure failure) {
  co_await database_.atomically(ports::unit(jobs::quarantine(job, failure.code), videos::give_up(job.video, failure),
                                            reclaim::doom(videos::original_prefix(job.video), limits_.keep_original)));
}

// Renews in time, tells the stage at once and the progress each second, and kills the tool before an unrenewed lease
// ends.
Task<void> Transcoding::keep_lease(jobs::Job job, std::shared_ptr<Lease> lease) {
  auto renewed = Clock::now();
  std::optional<videos::Stage> told_stage;
  int told_percent = 0;
  while (!lease->over) {
    const auto stage = lease->stage;
    const int percent = lease->percent;
    const auto age = Clock::now() - renewed;
    if (age > jobs::kLease - jobs::kRenewEvery) lease->stop.request_stop();
    bool failed = false;
    if (stage != told_stage || (percent != told_percent && age >= kTell) || age >= jobs::kRenewEvery) {
      try {
        const auto outcome = co_await database_.atomically(
            ports::unit(jobs::renew(job), videos::set_progress(job.video, stage, percent)));
        if (!outcome.done() && !lease->over) lease->stop.request_stop();
        renewed = Clock::now();
        told_stage = stage;
        told_percent = percent;
      } catch (const std::exception& e) {
        base::log::warning("lease not renewed", {{"video", job.video.str()}, {"error", e.what()}});
        failed = true;
      }
    }
    co_await pause(failed ? kTell : kPoll);
  }
}

}  // namespace luot::transcoding
