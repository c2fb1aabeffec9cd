#include "features/users/name_cache.hpp"

#include <gtest/gtest.h>

namespace luot::users {
namespace {

using base::UserId;

TEST(NameCache, KnowsWhatItWasTold) {
  NameCache cache(64);
  EXPECT_FALSE(cache.find(UserId{7}));
  cache.keep(UserId{7}, "mai");
  cache.keep(UserId{8}, "lan");
  EXPECT_EQ(cache.find(UserId{7}), "mai");
  EXPECT_EQ(cache.find(UserId{8}), "lan");
}

TEST(NameCache, NeverHoldsMoreThanItMay) {
  NameCache cache(64);
  for (std::int64_t id = 0; id < 10'000; ++id)
    cache.keep(UserId{id}, "user" + std::to_string(id));
  std::size_t held = 0;
  for (std::int64_t id = 0; id < 10'000; ++id)
    held += cache.find(UserId{id}) ? 1 : 0;
  EXPECT_LE(held, 64U);
  EXPECT_EQ(cache.find(UserId{9'999}), "user9999");
}

}  // namespace
}  // namespace luot::users
