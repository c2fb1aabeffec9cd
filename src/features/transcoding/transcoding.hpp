// From an uploaded original to published revisions. The stages are numbered files that read as a pipeline:
//   1 fetch and probe, 2 first quality (a remux within seconds, or a small rung), 3 ladder, 4 pictures, 5 publish.
#pragma once

#include <atomic>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/blocking_pool.hpp"
#include "features/jobs/jobs.hpp"
#include "features/transcoding/ladder_speed.hpp"
#include "features/transcoding/progress.hpp"
#include "features/videos/videos.hpp"
#include "ports/database.hpp"
#include "ports/media_tool.hpp"
#include "ports/object_store.hpp"

namespace luot::http {
class Router;
}

namespace luot::transcoding {

struct TranscodingLimits {
  double longest = 600;                               // seconds of a video
  std::chrono::seconds keep_original{7 * 24 * 3600};  // after the video is ready or failed
};

class Transcoding {
 public:
  // `scratch` is this process's own folder; what an earlier run left in it is removed. `files` does the file work.
  Transcoding(ports::Database& database, videos::Videos& videos, ports::ObjectStore& store, ports::MediaTool& media,
              base::BlockingPool& files, std::filesystem::path scratch, TranscodingLimits limits);

  // Claims and does one job after the other until stop(). Any number may run at once, each on a task of its own.
  base::Task<void> run_worker();

  // Kills what runs, gives its job back, and waits until no worker is left. Call from outside the loops.
  void stop();

 private:
  struct Lease;
  struct Fault;
  base::Task<void> work_on(jobs::Job job);
  base::Task<base::Result<bool>> transcode(jobs::Job job, std::shared_ptr<Lease> lease, std::filesystem::path folder);
  base::Task<void> keep_lease(jobs::Job job, std::shared_ptr<Lease> lease);
  base::Task<void> conclude(jobs::Job job, base::Result<bool> outcome, Fault fault,
                            std::chrono::steady_clock::duration took);
  static Fault describe(const std::exception_ptr& fault);
  base::Task<void> give_up(jobs::Job job, videos::Failure failure);

  ports::Database& database_;
  videos::Videos& videos_;
  jobs::Jobs jobs_;
  ports::ObjectStore& store_;
  ports::MediaTool& media_;
  base::BlockingPool& files_;
  const std::filesystem::path scratch_;  // absolute: the tools work in folders of their own
  const TranscodingLimits limits_;
  LadderSpeed speed_;
  std::stop_source stop_;
  std::atomic<int> workers_{0};
};

void add_routes(http::Router& router, ProgressWatch& watch);

}  // namespace luot::transcoding
