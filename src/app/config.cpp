#include "app/config.hpp"

#include <toml++/toml.h>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "adapters/redis/redis_url.hpp"
#include "app/rate_limits.hpp"
#include "base/address.hpp"
#include "base/text.hpp"
#include "http/server.hpp"

namespace luot::app {
namespace {

constexpr std::int64_t kMostOfOnePut = 5LL << 30;  // S3's limit

template <typename T>
T parse_number(const std::string& text, std::string_view name, T min, T max) {
  T number{};
  const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || stopped != text.data() + text.size() || number < min || number > max) {
    throw ConfigError(std::string(name) + " must be a number from " + std::to_string(min) + " to " +
                      std::to_string(max) + ", not \"" + text + "\"");
  }
  return number;
}

std::string checked_url(const std::string& text, std::string_view name) {
  if (!text.starts_with("http://") && !text.starts_with("https://")) {
    throw ConfigError(std::string(name) + " must begin with http:// or https://, not \"" + text + "\"");
  }
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

std::string checked_address(const std::string& text) {
  constexpr std::string_view kLocalhost = "localhost:";
  auto address = text.starts_with(kLocalhost) ? "127.0.0.1:" + text.substr(kLocalhost.size()) : text;
  try {
    http::check_listen_address(address);
  } catch (const std::runtime_error& error) {
    throw ConfigError(error.what());
  }
  return address;
}

std::string checked_state_url(const std::string& text) {
  if (!after_scheme(text, "redis") && !after_scheme(text, "rediss")) return text;
  try {
    redis::parse_url(text);
  } catch (const redis::InvalidUrl& error) {
    throw ConfigError(std::string("state_url: ") + error.what());
  }
  return text;
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) {
    const auto trimmed = base::trimmed(item);
    if (!trimmed.empty()) items.emplace_back(trimmed);
  }
  return items;
}

std::vector<std::string> checked_networks(const std::string& text, std::string_view name) {
  auto networks = split_list(text);
  try {
    const base::Networks checked(networks);
  } catch (const std::invalid_argument& error) {
    throw ConfigError(std::string(name) + ": " + error.what());
  }
  return networks;
}

std::string read_log_level(const std::string& text) {
  if (text != "debug" && text != "info" && text != "warning" && text != "error") {
    throw ConfigError("log_level must be debug, info, warning or error, not \"" + text + "\"");
  }
  return text;
}

// `schemes`: of the engines that there are.
void require_scheme(const std::string& url, std::initializer_list<std::string_view> schemes, std::string_view name) {
  std::string known;
  for (const auto scheme : schemes) {
    if (after_scheme(url, scheme)) return;
    known += (known.empty() ? "\"" : ", \"") + std::string(scheme) + ":\"";
  }
  throw ConfigError(std::string(name) + " must begin with one of " + known);  // what it holds may be a password
}

Values read_file(const std::filesystem::path& file) {
  Values values;
  try {
    const auto table = toml::parse_file(file.string());
    for (const auto& [key, node] : table) {
      std::ostringstream text;
      if (const auto* string = node.as_string()) {
        text << string->get();
      } else if (const auto* list = node.as_array()) {
        for (const auto& item : *list)
          text << item.value_or(std::string()) << ',';
      } else {
        text << toml::node_view(node);
      }
      values[std::string(key.str())] = text.str();
    }
  } catch (const toml::parse_error& error) {
    throw ConfigError(file.string() + ", line " + std::to_string(error.source().begin.line) + ": " +
                      std::string(error.description()));
  }
  return values;
}

void apply(Config& config, const Values& values, const std::string& origin) {
  for (const auto& [name, value] : values) {
    const auto all = settings();
    const auto setting = std::ranges::find_if(all, [&](const Setting& s) { return s.name == name; });
    if (setting == all.end()) throw ConfigError(origin + ": there is no setting \"" + name + "\"");
    setting->set(config, value);
  }
}

// Empty is none: compose files and unit files set variables to that. Keys that others could derive must never be
// accepted.
std::optional<std::string> checked_secret(const Environment& environment, const std::string& name) {
  const std::string secret = environment(name).value_or("");
  if (secret.empty()) return std::nullopt;
  if (secret.size() < 32) throw ConfigError(name + " must have at least 32 characters");
  return std::optional(secret);
}

std::string environment_name(std::string_view setting) {
  std::string name = "LUOT_";
  for (const char c : setting)
    name.push_back(static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
  return name;
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> all = {
      {"listen", "Address and port (127.0.0.1:8080)",
       [](Config& c, const std::string& v) { c.listen = checked_address(v); }},
      {"data_dir", "Folder of the embedded engines (data)", [](Config& c, const std::string& v) { c.data_dir = v; }},
      {"database_url", "sqlite:FILE, or postgres://USER@HOST/DATABASE (sqlite:{data_dir}/luot.db)",
       [](Config& c, const std::string& v) { c.database_url = v; }},
      {"state_url",
       "memory:, redis://[user:password@]host[:port][/database], or rediss://...[?ca=file] with TLS (memory:)",
       [](Config& c, const std::string& v) { c.state_url = checked_state_url(v); }},
      {"storage_url", "file:FOLDER, or s3://BUCKET?endpoint=URL&region=NAME&... (file:{data_dir}/media)",
       [](Config& c, const std::string& v) { c.storage_url = v; }},
      {"public_url", "Where clients reach this server (http://{listen})",
       [](Config& c, const std::string& v) { c.public_url = checked_url(v, "public_url"); }},
      {"edge_url", "Where viewers fetch media (public_url)",
       [](Config& c, const std::string& v) { c.edge_url = checked_url(v, "edge_url"); }},
      {"cors_origins", "Origins of other web clients, comma-separated, or * (none)",
       [](Config& c, const std::string& v) { c.cors_origins = split_list(v); }},
      {"rate_limits", "on, off, or a factor such as x1000 (on)",
       [](Config& c, const std::string& v) {
         read_rate_factor(v);
         c.rate_limits = v;
       }},
      {"trusted_proxies", "Proxies whose X-Forwarded-For is believed, comma-separated networks (none)",
       [](Config& c, const std::string& v) { c.trusted_proxies = checked_networks(v, "trusted_proxies"); }},
      {"metrics_networks", "Networks that may read /metrics, comma-separated (127.0.0.0/8,::1)",
       [](Config& c, const std::string& v) { c.metrics_networks = checked_networks(v, "metrics_networks"); }},
      {"workers", "Videos that are transcoded at once in this process, 0 for none (1)",
       [](Config& c, const std::string& v) { c.workers = parse_number(v, "workers", 0, 64); }},
      {"max_connections", "Connections at once (20000)",
       [](Config& c, const std::string& v) { c.max_connections = parse_number(v, "max_connections", 1, 1'000'000); }},
      {"idle_timeout", "Seconds that a connection may rest between requests (75)",
       [](Config& c, const std::string& v) { c.idle_timeout = parse_number(v, "idle_timeout", 1, 3600); }},
      {"header_timeout", "Seconds for a request's header to arrive (10)",
       [](Config& c, const std::string& v) { c.header_timeout = parse_number(v, "header_timeout", 1, 3600); }},
      {"body_timeout", "Seconds for each piece of a body to arrive (30)",
       [](Config& c, const std::string& v) { c.body_timeout = parse_number(v, "body_timeout", 1, 3600); }},
      {"write_timeout", "Seconds for each piece of an answer to leave (30)",
       [](Config& c, const std::string& v) { c.write_timeout = parse_number(v, "write_timeout", 1, 3600); }},
      {"loops", "Event loops, 0 for one a core (0)",
       [](Config& c, const std::string& v) { c.loops = parse_number(v, "loops", 0, 256); }},
      {"max_upload_size", "Bytes of an upload (4294967296)",
       [](Config& c, const std::string& v) {
         c.max_upload_size = parse_number<std::int64_t>(v, "max_upload_size", 1, 1LL << 45);
       }},
      {"multipart_above", "Bytes above which an upload goes in parts (67108864)",
       [](Config& c, const std::string& v) {
         c.multipart_above = parse_number<std::int64_t>(v, "multipart_above", 0, 1LL << 45);
       }},
      {"max_uploads_per_day", "Uploads that a user may begin within a day (100)",
       [](Config& c, const std::string& v) {
         c.max_uploads_per_day = parse_number<std::int64_t>(v, "max_uploads_per_day", 1, 1'000'000'000);
       }},
      {"max_upload_bytes_per_day", "Bytes that a user may begin to upload within a day (68719476736)",
       [](Config& c, const std::string& v) {
         c.max_upload_bytes_per_day = parse_number<std::int64_t>(v, "max_upload_bytes_per_day", 1, 1LL << 55);
       }},
      {"min_free_disk", "Bytes of the store's disk that uploads leave free (1073741824)",
       [](Config& c, const std::string& v) {
         c.min_free_disk = parse_number<std::int64_t>(v, "min_free_disk", 0, 1LL << 60);
       }},
      {"max_video_seconds", "Length of a video (600)",
       [](Config& c, const std::string& v) { c.max_video_seconds = parse_number(v, "max_video_seconds", 1, 86'400); }},
      {"keep_original_days", "Days that an original is kept after its video is ready or failed (7)",
       [](Config& c, const std::string& v) {
         c.keep_original_days = parse_number(v, "keep_original_days", 0, 36'500);
       }},
      {"log_level", "debug, info, warning or error (info)",
       [](Config& c, const std::string& v) { c.log_level = read_log_level(v); }},
  };
  return all;
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

std::optional<std::string> after_scheme(std::string_view url, std::string_view scheme) {
  if (!url.starts_with(scheme) || url.substr(scheme.size(), 1) != ":") return std::nullopt;
  return std::string(url.substr(scheme.size() + 1));
}

std::string shown_url(std::string_view url) {
  std::string shown(url.substr(0, url.find('?')));
  const auto user = shown.find("://");
  const auto host = shown.rfind('@');
  if (user == std::string::npos || host == std::string::npos) return shown;
  const auto colon = shown.find(':', user + 3);
  if (colon < host) shown.erase(colon, host - colon);
  return shown;
}

bool Config::public_url_is_a_guess() const {
  const bool loopback = listen.starts_with("127.") || listen.starts_with("[::1]");
  return !loopback && public_url == "http://" + listen;
}

Config load_config(const std::optional<std::filesystem::path>& file, const Environment& environment,
                   const Values& flags) {
  Config config;
  if (file) apply(config, read_file(*file), file->string());
  Values from_environment;
  for (const auto& setting : settings()) {
    if (auto value = environment(environment_name(setting.name))) from_environment[std::string(setting.name)] = *value;
  }
  apply(config, from_environment, "environment");
  apply(config, flags, "command line");
  config.secret = checked_secret(environment, "LUOT_SECRET");
  config.previous_secret = checked_secret(environment, "LUOT_SECRET_PREVIOUS");

  if (config.database_url.empty()) config.database_url = "sqlite:" + (config.data_dir / "luot.db").string();
  if (config.storage_url.empty()) config.storage_url = "file:" + (config.data_dir / "media").string();
  if (config.public_url.empty()) config.public_url = "http://" + config.listen;
  if (config.edge_url.empty()) config.edge_url = config.public_url;
  require_scheme(config.database_url, {"sqlite", "postgres", "postgresql"}, "database_url");
  require_scheme(config.state_url, {"memory", "redis", "rediss"}, "state_url");
  require_scheme(config.storage_url, {"file", "s3"}, "storage_url");
  if (after_scheme(config.storage_url, "s3") && config.multipart_above > kMostOfOnePut) {
    throw ConfigError("multipart_above may be at most 5368709120 with S3, which takes no more in one PUT");
  }
  return config;
}

}  // namespace luot::app
