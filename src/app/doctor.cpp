#include "app/doctor.hpp"

#include <boost/asio/use_future.hpp>
#include <cstdio>
#include <filesystem>

#include "adapters/ffmpeg/ffmpeg_media_tool.hpp"
#include "adapters/redis/redis_client.hpp"
#include "adapters/s3/s3_checks.hpp"
#include "app/engines.hpp"
#include "app/folders.hpp"
#include "base/event_loops.hpp"
#include "base/finding.hpp"
#include "base/result.hpp"

namespace luot::app {
namespace {

namespace fs = std::filesystem;
using base::broken;
using base::doubtful;
using base::Finding;
using base::Findings;
using base::good;

Findings check_settings(const Config& config, Fix /*fix*/) {
  Findings found;
  if (config.public_url_is_a_guess()) {
    found.push_back(broken("clients are told to come to " + config.public_url, "set LUOT_PUBLIC_URL to where they do"));
  } else {
    found.push_back(good("listens on " + config.listen + ", clients come to " + config.public_url));
  }
  if (!config.secret && is_shared_database(config)) {
    found.push_back(broken("LUOT_SECRET is not set", "set it to the same 32 characters or more on every node"));
  }
  if (config.edge_url != config.public_url) found.push_back(good("viewers fetch media from " + config.edge_url));
  prepared(config.data_dir);
  found.push_back(good("the folder " + fs::absolute(config.data_dir).string() + " can be written"));
  return found;
}

// 0 where there is none.
base::Task<std::int64_t> read_schema(ports::Database& database) {
  static constexpr ports::Sql kIsThere{"schema_is_there",
                                       "select exists (select 1 from sqlite_master where name = 'schema_migrations')",
                                       "select to_regclass('schema_migrations') is not null"};
  static constexpr ports::Sql kNewest{"newest_migration", "select max(number) from schema_migrations"};
  const auto is_there = co_await database.read(ports::Statement(kIsThere));
  if (!is_there[0].boolean(0)) co_return 0;
  const auto rows = co_await database.read(ports::Statement(kNewest));
  co_return rows[0].optional_integer(0).value_or(0);
}

Findings check_database(const Config& config, Fix /*fix*/) {
  const auto where = shown_url(config.database_url);
  if (const auto file = after_scheme(config.database_url, "sqlite"); file && !fs::exists(*file)) {
    return {good(where + " is not there yet: the first start makes it")};
  }
  const auto database = open_database(config);
  base::EventLoops loops(1);
  loops.start();
  const auto schema = base::asio::co_spawn(loops[0].context, read_schema(*database), base::asio::use_future).get();
  if (schema == 0) return {good(where + " answers, and is empty: the first start fills it")};
  return {good(where + " answers, with schema " + std::to_string(schema))};
}

Findings check_shared_state(const Config& config, Fix /*fix*/) {
  const auto where = shown_url(config.state_url);
  if (!is_shared_state(config)) return {good(where + " is in this process")};
  const auto persistence = redis::RedisClient(redis::parse_url(config.state_url)).examine();
  if (auto refusal = redis::refusal_of(persistence); !refusal.empty()) {
    return {broken(where + " answers, and cannot be used", std::move(refusal))};
  }
  if (auto cost = redis::cost_of_crash(persistence); !cost.empty())
    return {doubtful(where + " answers", std::move(cost))};
  return {good(where + " answers, and loses nothing that it has answered")};
}

Findings check_folder(const Config& config, const std::string& folder) {
  prepared(folder);
  const auto free = fs::space(folder).available;
  constexpr std::uintmax_t kMiB = 1 << 20;
  const auto room = "the folder " + folder + " can be written, with " + std::to_string(free / kMiB) + " MiB free";
  if (std::cmp_greater(free, config.min_free_disk)) return {good(room)};
  return {broken(room + ": uploads are refused (storage_full)",
                 "make room on its disk, or lower LUOT_MIN_FREE_DISK (" + std::to_string(config.min_free_disk) + ")")};
}

std::vector<std::string> page_origins(const Config& config) {
  auto origins = config.cors_origins;
  origins.insert(origins.begin(), config.public_url.substr(0, config.public_url.find('/', 8)));
  return origins;
}

Findings check_storage(const Config& config, Fix fix) {
  const auto url = after_scheme(config.storage_url, "s3");
  if (!url) return check_folder(config, *after_scheme(config.storage_url, "file"));
  const ports::SystemClock clock;
  return s3::check_bucket(s3::parse_location(*url), s3::read_credentials(process_environment), clock,
                          page_origins(config), fix == Fix::kYes ? s3::Mend::kYes : s3::Mend::kNo);
}

Findings check_transcoder(const Config& config, Fix /*fix*/) {
  try {
    const auto version = good("ffmpeg " + ffmpeg::FfmpegMediaTool::version());
    const auto gaps = ffmpeg::FfmpegMediaTool::sandbox_gaps();
    if (gaps.empty()) return {version, good("ffmpeg runs confined: no other files, no network, no other programs")};
    Findings found{version};
    for (const auto& gap : gaps)
      found.push_back(doubtful(gap, "use Linux 5.13 or later with both turned on, and a container that permits them"));
    return found;
  } catch (const base::Unavailable& e) {
    if (config.workers == 0) return {good("no ffmpeg, and no workers in this process that would need it")};
    return {broken(e.what(), "apt-get install ffmpeg; until then uploads wait")};
  }
}

struct Check {
  const char* name;
  Findings (*look)(const Config& config, Fix fix);  // what it throws is broken
};
constexpr Check kChecks[] = {
    {"settings", check_settings}, {"database", check_database},     {"shared state", check_shared_state},
    {"storage", check_storage},   {"transcoder", check_transcoder},
};

const char* word_for(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::kGood:
      return "ok";
    case Finding::Kind::kMended:
      return "fixed";
    case Finding::Kind::kDoubtful:
      return "look";
    case Finding::Kind::kBroken:
      return "BROKEN";
  }
  return "";
}

Findings findings_of(const Check& check, const Config& config, Fix fix) {
  try {
    return check.look(config, fix);
  } catch (const std::exception& e) {
    return {broken(e.what(), "")};
  }
}

}  // namespace

int examine(const Config& config, Fix fix) {
  int broken_ones = 0;
  for (const auto& check : kChecks) {
    for (const auto& finding : findings_of(check, config, fix)) {
      std::printf("  %-7s %-13s %s\n", word_for(finding.kind), check.name, finding.text.c_str());
      if (!finding.advice.empty()) std::printf("  %21s -> %s\n", "", finding.advice.c_str());
      broken_ones += finding.kind == Finding::Kind::kBroken ? 1 : 0;
    }
  }
  if (broken_ones == 0) {
    std::printf("\n  Nothing is broken.\n");
  } else {
    std::printf("\n  %d broken: mend what the arrows say, and run luot doctor again.\n", broken_ones);
  }
  return broken_ones == 0 ? 0 : 1;
}

}  // namespace luot::app
