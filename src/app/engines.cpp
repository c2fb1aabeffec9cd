#include "app/engines.hpp"

#include "adapters/localdir/localdir_object_store.hpp"
#include "adapters/localdir/localdir_routes.hpp"
#include "adapters/memory/memory_shared_state.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/s3/s3_object_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "app/folders.hpp"

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

}  // namespace

std::unique_ptr<ports::Database> open_database(const Config& config) {
  if (is_shared_database(config)) return std::make_unique<postgres::PostgresDatabase>(config.database_url);
  return std::make_unique<sqlite::SqliteDatabase>(database_file(config), kReaders);
}

std::unique_ptr<ports::SharedState> open_shared_state(const Config& /*config*/, const ports::Clock& steady_clock) {
  return std::make_unique<memory::MemorySharedState>(steady_clock);
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

}  // namespace luot::app
