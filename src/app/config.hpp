// Settings: the same name as a flag (--storage-url), in luot.toml (storage_url) and in the environment
// (LUOT_STORAGE_URL). A flag wins over the environment, which wins over the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace luot::app {

struct Config {
  std::string listen = "127.0.0.1:8080";
  std::filesystem::path data_dir = "data";
  std::string database_url;  // default: sqlite:{data_dir}/luot.db
  std::string state_url = "memory:";
  std::string storage_url;  // default: file:{data_dir}/media
  std::string edge_url;     // default: public_url
  std::string public_url;   // default: http://{listen}
  std::vector<std::string> cors_origins;
  std::string rate_limits = "on";                                   // on, off, or a factor: x1000
  std::vector<std::string> trusted_proxies;                         // addresses and networks
  std::vector<std::string> metrics_networks{"127.0.0.0/8", "::1"};  // that may read /metrics
  int workers = 1;
  int max_connections = 20'000;
  int idle_timeout = 75;  // seconds, as the next three
  int header_timeout = 10;
  int body_timeout = 30;
  int write_timeout = 30;
  int loops = 0;                                            // 0: one a core
  std::int64_t max_upload_size = 4LL * 1024 * 1024 * 1024;  // bytes
  std::int64_t multipart_above = 64LL * 1024 * 1024;        // bytes
  std::int64_t max_uploads_per_day = 100;                   // of a user, as the next
  std::int64_t max_upload_bytes_per_day = 64LL * 1024 * 1024 * 1024;
  std::int64_t min_free_disk = 1024LL * 1024 * 1024;  // bytes
  int max_video_seconds = 600;
  int keep_original_days = 7;  // after the video is ready or failed
  std::string log_level = "info";

  std::optional<std::string> secret;  // only from the environment: flags show in ps
  std::optional<std::string> previous_secret;

  // Not on loopback, and nobody said under which URL clients come: the URLs handed out would be wrong.
  [[nodiscard]] bool public_url_is_a_guess() const;
};

// A setting that cannot be: its text is for the operator.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Setting {
  std::string_view name;  // "storage_url"
  std::string_view help;
  std::function<void(Config&, const std::string&)> set;  // throws ConfigError
};
std::span<const Setting> settings();

using Values = std::map<std::string, std::string, std::less<>>;  // by setting name
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// That of this process.
std::optional<std::string> process_environment(const std::string& name);

// `file` may be absent. Throws ConfigError.
Config load_config(const std::optional<std::filesystem::path>& file, const Environment& environment,
                   const Values& flags);

// The part after "scheme:", where the URL has that scheme.
std::optional<std::string> after_scheme(std::string_view url, std::string_view scheme);

// A URL as it may be shown: without the password, and without its query.
std::string shown_url(std::string_view url);

}  // namespace luot::app
