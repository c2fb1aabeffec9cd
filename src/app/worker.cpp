#include "app/worker.hpp"

#include <stdexcept>

#include "app/folders.hpp"
#include "base/ids.hpp"

namespace luot::app {
namespace {

const Config& checked(const Config& config) {
  if (!is_shared_database(config) || !is_shared_storage(config)) {
    throw std::runtime_error(
        "a worker shares database and store with the servers: set LUOT_DATABASE_URL (postgres://...) and "
        "LUOT_STORAGE_URL (s3://...). On the embedded engines the server itself transcodes (LUOT_WORKERS).");
  }
  if (config.workers < 1) throw std::runtime_error("a worker needs LUOT_WORKERS of at least 1");
  return config;
}

}  // namespace

Worker::Worker(const Config& config)
    : config_(checked(config)),
      data_lock_(lock_folder(prepared(config.data_dir))),
      keys_(base::random_name(), std::nullopt),  // signs nothing: who shares the store signs with its credentials
      loops_(1),
      files_("files", 4, 1024),
      children_("transcoding", static_cast<unsigned>(config.workers), 64),
      database_(open_database(config)),
      storage_(open_storage(config, keys_, files_, clock_)),
      media_(children_),
      videos_(*database_, storage_->store()),
      transcoding_(*database_, videos_, storage_->store(), media_, files_, config.data_dir / "scratch",
                   transcoding_limits(config)) {
}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  database_->migrate();
  loops_.start();
  base::asio::post(loops_[0].context, [this] {
    for (int i = 0; i < config_.workers; ++i)
      loops_[0].tasks.spawn("worker", transcoding_.run_worker());
  });
}

void Worker::stop() {
  transcoding_.stop();
  storage_->stop();
  loops_.stop();
}

}  // namespace luot::app
