#include "app/config.hpp"

#include <gmock/gmock.h>

#include "base/file.hpp"
#include "base/ids.hpp"

namespace luot::app {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Environment environment(Values values) {
  return [values](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) { base::replace_file_durably(path_, text); }
  ~ConfigFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / ("luot-" + base::random_name() + ".toml");
};

TEST(Config, DefaultsAreTheEmbeddedStack) {
  const auto config = load_config({}, environment({}), {});
  EXPECT_EQ(config.database_url, "sqlite:data/luot.db");
  EXPECT_EQ(config.storage_url, "file:data/media");
  EXPECT_EQ(config.public_url, "http://127.0.0.1:8080");
  EXPECT_EQ(config.edge_url, config.public_url);
}

TEST(Config, FlagWinsOverEnvironmentOverFile) {
  const ConfigFile file(
      "listen = '127.0.0.1:1'\nworkers = 3\nmax_video_seconds = 60\ncors_origins = ['https://a', 'https://b']");
  const auto config = load_config(file.path(), environment({{"LUOT_LISTEN", "127.0.0.1:2"}, {"LUOT_WORKERS", "4"}}),
                                  {{"listen", "127.0.0.1:3"}});
  EXPECT_EQ(config.listen, "127.0.0.1:3");
  EXPECT_EQ(config.workers, 4);
  EXPECT_EQ(config.max_video_seconds, 60);
  EXPECT_THAT(config.cors_origins, ::testing::ElementsAre("https://a", "https://b"));
}

TEST(Config, SaysWhatIsWrong) {
  const auto with = [](Values flags) { return [flags] { load_config({}, environment({}), flags); }; };
  EXPECT_THAT(with({{"workers", "many"}}),
              ThrowsMessage<ConfigError>(HasSubstr("workers must be a number from 0 to 64")));
  EXPECT_THAT(with({{"public_url", "example.org"}}), ThrowsMessage<ConfigError>(HasSubstr("http://")));
  EXPECT_THAT(with({{"database_url", "oracle://x"}}), ThrowsMessage<ConfigError>(HasSubstr("sqlite:")));
  EXPECT_THAT(with({{"state_url", "memcached://x"}}), ThrowsMessage<ConfigError>(HasSubstr("\"redis:\"")));
  EXPECT_THAT(with({{"state_url", "redis://x:port"}}), ThrowsMessage<ConfigError>(HasSubstr("state_url: its port")));
  EXPECT_THAT(with({{"state_url", "redis://x?ca=y"}}), ThrowsMessage<ConfigError>(HasSubstr("after rediss://")));
  EXPECT_EQ(load_config({}, environment({}), {{"state_url", "rediss://x?ca=y"}}).state_url, "rediss://x?ca=y");
  EXPECT_THAT(with({{"listen", "9138"}}), ThrowsMessage<ConfigError>(HasSubstr("IP address and a port")));
  EXPECT_EQ(load_config({}, environment({}), {{"listen", "localhost:9138"}}).listen, "127.0.0.1:9138");
  const ConfigFile unknown("colour = 'red'");
  EXPECT_THAT([&] { load_config(unknown.path(), environment({}), {}); },
              ThrowsMessage<ConfigError>(HasSubstr("no setting \"colour\"")));
  const ConfigFile broken("listen = ");
  EXPECT_THAT([&] { load_config(broken.path(), environment({}), {}); },
              ThrowsMessage<ConfigError>(HasSubstr("line 1")));
}

TEST(Config, TakesNoSecretThatOthersCouldDerive) {
  const std::string good(32, 's');
  const auto load = [](const std::string& secret, const std::string& previous) {
    return load_config({}, environment({{"LUOT_SECRET", secret}, {"LUOT_SECRET_PREVIOUS", previous}}), {});
  };
  EXPECT_EQ(load(good, good).previous_secret, good);
  EXPECT_FALSE(load(good, "").previous_secret) << "empty is none";
  EXPECT_FALSE(load("", "").secret);
  EXPECT_THAT([&] { load(good, "short"); }, ThrowsMessage<ConfigError>(HasSubstr("LUOT_SECRET_PREVIOUS")));
  EXPECT_THAT([&] { load("short", ""); }, ThrowsMessage<ConfigError>(HasSubstr("LUOT_SECRET must")));
}

TEST(Config, KnowsWhenThePublicUrlIsAGuess) {
  EXPECT_FALSE(load_config({}, environment({}), {}).public_url_is_a_guess());
  EXPECT_TRUE(load_config({}, environment({}), {{"listen", "0.0.0.0:80"}}).public_url_is_a_guess());
  EXPECT_FALSE(load_config({}, environment({}), {{"listen", "0.0.0.0:80"}, {"public_url", "https://v.example/"}})
                   .public_url_is_a_guess());
}

TEST(Config, ABucketTakesNoMoreThanFiveGibibytesInOnePut) {
  const auto with = [](const char* most) {
    return load_config({}, environment({}), {{"storage_url", "s3://bucket"}, {"multipart_above", most}});
  };
  EXPECT_EQ(with("5368709120").multipart_above, 5LL << 30);
  EXPECT_THAT([&] { with("5368709121"); }, ThrowsMessage<ConfigError>(HasSubstr("multipart_above")));
}

TEST(Config, UrlsAreShownWithoutPasswords) {
  EXPECT_EQ(shown_url("postgres://luot:secr@t@db:5432/luot?sslpassword=x"), "postgres://luot@db:5432/luot");
  EXPECT_EQ(shown_url("redis://:secret@cache:6379/1"), "redis://@cache:6379/1");
  EXPECT_EQ(shown_url("rediss://:secret@cache?ca=/ca.pem"), "rediss://@cache");
  EXPECT_EQ(shown_url("s3://bucket?endpoint=https://s3.example"), "s3://bucket");
  EXPECT_EQ(shown_url("sqlite:data/luot.db"), "sqlite:data/luot.db");
}

}  // namespace
}  // namespace luot::app
