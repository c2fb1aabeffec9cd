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

TEST(RedisUrl, SaysThatThereIsNoTls) {
  try {
    parse_url("rediss://:hush@a");
    FAIL();
  } catch (const InvalidUrl& e) {
    EXPECT_NE(std::string(e.what()).find("TLS"), std::string::npos);
    EXPECT_EQ(std::string(e.what()).find("hush"), std::string::npos);
  }
}

}  // namespace
}  // namespace luot::redis
