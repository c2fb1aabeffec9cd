#include "adapters/s3/s3_settings.hpp"

#include <gmock/gmock.h>

#include <map>

namespace luot::s3 {
namespace {

TEST(S3Location, IsAmazonsByRegionWithoutAnEndpoint) {
  const auto location = parse_location("//media?region=eu-west-1");
  EXPECT_EQ(location.address.origin, "https://media.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(location.address.host, "media.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(location.address.path, "/");
  EXPECT_EQ(parse_location("//media").region, "us-east-1");
  EXPECT_EQ(parse_location("//media?region=cn-north-1").address.host, "media.s3.cn-north-1.amazonaws.com.cn");
}

TEST(S3Location, HasItsBucketInThePathOfOtherEndpoints) {
  const auto location = parse_location("//media?endpoint=http://127.0.0.1:7480/&prefix=a/b/");
  EXPECT_EQ(location.address.origin, "http://127.0.0.1:7480");
  EXPECT_EQ(location.address.path, "/media/");
  EXPECT_EQ(location.prefix, "a/b/");
  EXPECT_EQ(parse_location("//media?endpoint=https://s3.example.org&style=virtual").address.host,
            "media.s3.example.org");
}

TEST(S3Location, KnowsCloudflaresRegion) {
  EXPECT_EQ(parse_location("//media?endpoint=https://0123.r2.cloudflarestorage.com").region, "auto");
}

TEST(S3Location, ShowsClientsAnotherEndpointWhereTheyNeedOne) {
  const auto location =
      parse_location("//m?endpoint=http%3A%2F%2Fminio%3A9000&public_endpoint=https://s3.example.org:443");
  EXPECT_EQ(location.address.host, "minio:9000");
  EXPECT_EQ(location.public_address.origin, "https://s3.example.org") << "a usual port is not in the Host header";
}

TEST(S3Location, RefusesWhatItDoesNotUnderstand) {
  for (const auto* url : {"", "media", "//", "//?region=x", "//a/b", "//a?colour=blue", "//a?style=other",
                          "//a?endpoint=ftp://x", "//a?endpoint=http://x/path", "//a?endpoint=http://", "//a?prefix=/x",
                          "//a?prefix=a//b", "//a?prefix=a%20b", "//a?region=a%0ab", "//a?endpoint=http://h%zz"}) {
    EXPECT_THROW((void)parse_location(url), std::runtime_error) << url;
  }
}

TEST(S3Credentials, ComeFromTheEnvironment) {
  std::map<std::string, std::string> variables{{"AWS_ACCESS_KEY_ID", "key"}, {"AWS_SESSION_TOKEN", ""}};
  const Environment environment = [&variables](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_THROW((void)read_credentials(environment), std::runtime_error);
  variables["AWS_SECRET_ACCESS_KEY"] = "secret";
  EXPECT_EQ(read_credentials(environment).session_token, std::nullopt);
  variables["AWS_SESSION_TOKEN"] = "token";
  EXPECT_EQ(read_credentials(environment).session_token, "token");
}

}  // namespace
}  // namespace luot::s3
