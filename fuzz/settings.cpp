// The settings file: whatever is in it, there is a configuration or a sentence for the operator.
#include "app/config.hpp"
#include "base/address.hpp"
#include "fuzz/property.hpp"
#include "fuzz/scratch_file.hpp"

namespace luot::fuzz {
namespace {

void check_config(const app::Config& config) {
  require(!config.listen.empty(), "there is an address to listen on");
  require(config.workers >= 0 && config.workers <= 64 && config.max_connections >= 1 && config.loops >= 0,
          "counts are in their ranges");
  require(
      config.idle_timeout >= 1 && config.header_timeout >= 1 && config.body_timeout >= 1 && config.write_timeout >= 1,
      "nobody is waited for for ever");
  require(config.max_upload_size >= 1 && config.max_video_seconds >= 1 && config.keep_original_days >= 0,
          "limits are in their ranges");
  for (const auto* url : {&config.public_url, &config.edge_url})
    require(url->starts_with("http://") || url->starts_with("https://"), "URLs are URLs");
  base::TrustedProxies checked(config.trusted_proxies);
  require(app::after_scheme(config.database_url, "sqlite") && app::after_scheme(config.storage_url, "file"),
          "engines are those that there are");
}

}  // namespace

void check(std::string_view input) {
  const ScratchFile file(input);
  const auto nothing = [](const std::string&) { return std::nullopt; };
  try {
    check_config(app::load_config(file.path(), nothing, {}));
  } catch (const app::ConfigError& error) {
    require(*error.what() != '\0', "an error has a sentence");
  }
}

}  // namespace luot::fuzz
