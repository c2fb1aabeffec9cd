#include "adapters/redis/redis_url.hpp"

#include <gtest/gtest.h>

namespace luot::redis {
namespace {

TEST(RedisUrl, TellsWhereAndWho) {
  const auto plain = parse_url("redis://127.0.0.1");
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, "6379");
  EXPECT_TRUE(plain.user.empty() && plain.password.empty());
  EXPECT_EQ(plain.database, 0);

  const auto whole = parse_url("redis://luot:s%40cr%3Aet@[::1]:7000/3");
  EXPECT_EQ(whole.host, "::1");
  EXPECT_EQ(whole.port, "7000");
  EXPECT_EQ(whole.user, "luot");
  EXPECT_EQ(whole.password, "s@cr:et");
  EXPECT_EQ(whole.database, 3);

  const auto old = parse_url("redis://:secret@cache:6380/");
  EXPECT_TRUE(old.user.empty());
  EXPECT_EQ(old.password, "secret");
  EXPECT_EQ(old.port, "6380");
}

TEST(RedisUrl, RefusesWhatIsNone) {
  for (const auto* text : {"", "redis://", "memory:", "redis://:6379", "redis://a:0", "redis://a:65536", "redis://a:6x",
                           "redis://a:", "redis://a/x", "redis://a/-1", "redis://secret@a", "redis://u:%4@a",
                           "redis://u:%zz@a", "redis://[::1", "redis://[::1]6379"}) {
    EXPECT_THROW(parse_url(text), InvalidUrl) << text;
  }
}

TEST(RedisUrl, TellsWhetherThereIsTls) {
  EXPECT_FALSE(parse_url("redis://a").tls);
  const auto trusting = parse_url("rediss://:secret@cache.example:6380/2");
  EXPECT_TRUE(trusting.tls && trusting.ca_file.empty());
  EXPECT_EQ(trusting.host, "cache.example");
  EXPECT_EQ(trusting.password, "secret");
  EXPECT_EQ(trusting.database, 2);
  const auto own = parse_url("rediss://u:p%3F@cache:6380/1?ca=/etc/luot/redis%20ca.pem");
  EXPECT_EQ(own.password, "p?");
  EXPECT_EQ(own.host, "cache");
  EXPECT_EQ(own.database, 1);
  EXPECT_EQ(own.ca_file, "/etc/luot/redis ca.pem");
  EXPECT_EQ(parse_url("rediss://[::1]?ca=ca.pem").host, "::1");
}

TEST(RedisUrl, TellsNoSecret) {
  for (const auto* text : {"rediss://:hush@a?ca=", "redis://:hush@a?ca=b", "rediss://:hush@a?verify=none"}) {
    try {
      parse_url(text);
      FAIL() << text;
    } catch (const InvalidUrl& e) {
      EXPECT_EQ(std::string(e.what()).find("hush"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace luot::redis
