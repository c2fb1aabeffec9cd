// The wiring of `luot worker`: it transcodes, and needs only the database and the store.
#pragma once

#include <memory>

#include "adapters/ffmpeg/ffmpeg_media_tool.hpp"
#include "app/config.hpp"
#include "app/engines.hpp"
#include "base/blocking_pool.hpp"
#include "base/event_loops.hpp"
#include "features/transcoding/transcoding.hpp"
#include "ports/clock.hpp"

namespace luot::app {

class Worker {
 public:
  // Throws as Application's, and where database or store are not such that servers elsewhere share them.
  explicit Worker(const Config& config);
  ~Worker();

  void start();  // migrates, begins to transcode
  void stop();   // gives running jobs back

 private:
  const Config config_;
  base::File data_lock_;
  const Keys keys_;
  ports::SystemClock clock_;

  base::EventLoops loops_;
  base::BlockingPool files_;
  base::BlockingPool children_;

  const std::unique_ptr<ports::Database> database_;
  const std::unique_ptr<Storage> storage_;
  ffmpeg::FfmpegMediaTool media_;
  videos::Videos videos_;
  transcoding::Transcoding transcoding_;
};

}  // namespace luot::app
