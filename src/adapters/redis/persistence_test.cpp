#include "adapters/redis/persistence.hpp"

#include <gtest/gtest.h>

namespace luot::redis {
namespace {

using namespace std::chrono_literals;

TEST(Persistence, EvictionIsRefusedWhereItCanHappen) {
  EXPECT_TRUE(refusal_of({.max_memory = 1 << 20, .eviction = "noeviction"}).empty());
  EXPECT_TRUE(refusal_of({.max_memory = 0, .eviction = "allkeys-lru"}).empty());
  EXPECT_TRUE(refusal_of({}).empty()) << "managed ones that tell nothing";
  for (const auto* policy : {"allkeys-lru", "volatile-ttl"}) {
    const auto why = refusal_of({.max_memory = 1 << 20, .eviction = policy});
    EXPECT_NE(why.find(policy), std::string::npos);
    EXPECT_NE(why.find("maxmemory-policy noeviction"), std::string::npos) << "how to mend it";
  }
  EXPECT_FALSE(refusal_of({.max_memory = std::nullopt, .eviction = "allkeys-lru"}).empty());
}

TEST(Persistence, OnlyWhatIsOnDiskReachesTheDatabase) {
  const Persistence always{.append_only = true, .fsync = "always"};
  EXPECT_EQ(settling_time(always), 0s);
  EXPECT_TRUE(cost_of_crash(always).empty());
  const Persistence each_second{.append_only = true, .fsync = "everysec"};
  EXPECT_EQ(settling_time(each_second), 5s);
  EXPECT_NE(cost_of_crash(each_second).find("everysec"), std::string::npos);
  const Persistence never{.append_only = true, .fsync = "no"};
  EXPECT_GT(settling_time(never), 30s);
  EXPECT_FALSE(cost_of_crash(never).empty());
  EXPECT_EQ(settling_time({}), 5s) << "not known: as everysec";
  EXPECT_FALSE(cost_of_crash({}).empty());
  EXPECT_NE(cost_of_crash({.append_only = false, .fsync = "always"}).find("appendonly"), std::string::npos);
}

}  // namespace
}  // namespace luot::redis
