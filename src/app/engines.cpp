#include "app/engines.hpp"

#include "adapters/localdir/localdir_object_store.hpp"
#include "adapters/localdir/localdir_routes.hpp"
#include "adapters/memory/memory_shared_state.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/redis/redis_engagement_buffer.hpp"
#include "adapters/redis/redis_shared_state.hpp"
#include "adapters/s3/s3_object_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "app/fallback_state.hpp"
#include "app/folders.hpp"
#include "app/leased_state.hpp"

namespace luot::app {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kReaders = 4;

fs::path database_file(const Config& config) {
  fs::path file = *after_scheme(config.database_url, "sqlite");
  prepared(fs::absolute(file).parent_path());
  if (fs::exists(file)) require_writable(file);
  return file;
}

class LocalStorage final : public Storage {
 public:
  LocalStorage(const fs::path& folder, const Config& config, const Keys& keys, base::BlockingPool& files,
               const ports::Clock& clock)
      : lock_(lock_folder(prepared(folder))),
        store_(folder, config.public_url, keys.signing("upload"), files,
               static_cast<std::uint64_t>(config.min_free_disk)),
        routes_{store_, clock} {}

  ports::ObjectStore& store() override { return store_; }
  void add_routes(http::Router& router) override { localdir::add_routes(router, routes_); }
  void start() override { store_.remove_temporary_files(); }

 private:
  base::File lock_;
  localdir::LocalDirObjectStore store_;
  localdir::StorageRoutes routes_;
};

class S3Storage final : public Storage {
 public:
  S3Storage(s3::Location location, const ports::Clock& clock)
      : origin_(location.public_address.origin),
        store_(std::move(location), s3::read_credentials(process_environment), clock) {}

  ports::ObjectStore& store() override { return store_; }
  [[nodiscard]] std::vector<std::string> client_origins() const override { return {origin_}; }
  void stop() override { store_.stop(); }

 private:
  const std::string origin_;
  s3::S3ObjectStore store_;
};

class OwnState final : public State {
 public:
  explicit OwnState(const ports::Clock& steady_clock) : memory_(steady_clock) {}
  ports::SharedState& shared() override { return memory_; }

 private:
  memory::MemorySharedState memory_;
};

class RedisState final : public State {
 public:
  RedisState(const Config& config, const ports::Clock& steady_clock)
      : client_(redis::parse_url(config.state_url)),
        redis_(client_),
        memory_(steady_clock),
        leased_(both_, steady_clock),
        buffer_(client_) {
    client_.check();
  }
  ports::SharedState& shared() override { return leased_; }
  ports::EngagementBuffer* buffer() override { return &buffer_; }
  [[nodiscard]] std::vector<ports::Connections> connections() const override { return {client_.connections()}; }

 private:
  redis::RedisClient client_;
  redis::RedisSharedState redis_;
  memory::MemorySharedState memory_;
  FallbackState both_{redis_, memory_};
  LeasedState leased_;
  redis::RedisEngagementBuffer buffer_;
};

}  // namespace

std::unique_ptr<ports::Database> open_database(const Config& config) {
  if (is_shared_database(config)) return std::make_unique<postgres::PostgresDatabase>(config.database_url);
  return std::make_unique<sqlite::SqliteDatabase>(database_file(config), kReaders);
}

std::unique_ptr<State> open_state(const Config& config, const ports::Clock& steady_clock) {
  if (is_shared_state(config)) return std::make_unique<RedisState>(config, steady_clock);
  return std::make_unique<OwnState>(steady_clock);
}

std::unique_ptr<Storage> open_storage(const Config& config, const Keys& keys, base::BlockingPool& files,
                                      const ports::Clock& clock) {
  if (const auto url = after_scheme(config.storage_url, "s3")) {
    return std::make_unique<S3Storage>(s3::parse_location(*url), clock);
  }
  return std::make_unique<LocalStorage>(*after_scheme(config.storage_url, "file"), config, keys, files, clock);
}

transcoding::TranscodingLimits transcoding_limits(const Config& config) {
  return {.longest = static_cast<double>(config.max_video_seconds),
          .keep_original = std::chrono::hours(24 * config.keep_original_days)};
}

bool is_shared_database(const Config& config) {
  return !after_scheme(config.database_url, "sqlite");
}

bool is_shared_storage(const Config& config) {
  return !after_scheme(config.storage_url, "file");
}

bool is_shared_state(const Config& config) {
  return !after_scheme(config.state_url, "memory");
}

}  // namespace luot::app
