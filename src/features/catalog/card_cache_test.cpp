#include "features/catalog/card_cache.hpp"

#include <gtest/gtest.h>

namespace luot::catalog {
namespace {

CardCache::Text text(const char* value) {
  return std::make_shared<const std::string>(value);
}

TEST(CardCache, HoldsOneVersionOfAVideo) {
  CardCache cache(160);
  const base::VideoId id{1};
  EXPECT_EQ(cache.find(id, {"r1", 0, 7}), nullptr);
  cache.keep(id, {"r1", 0, 7}, text("first"));
  EXPECT_EQ(*cache.find(id, {"r1", 0, 7}), "first");
  for (const CardVersion& other : {CardVersion{"r2", 0, 7}, CardVersion{"r1", 1, 7}, CardVersion{"r1", 0, 8}})
    EXPECT_EQ(cache.find(id, other), nullptr);
  cache.keep(id, {"r2", 1, 8}, text("second"));
  EXPECT_EQ(*cache.find(id, {"r2", 1, 8}), "second");
  EXPECT_EQ(cache.find(id, {"r1", 0, 7}), nullptr);
}

TEST(CardCache, ForgetsWhatWasNotUsedForTheLongest) {
  CardCache cache(2, 1);
  cache.keep(base::VideoId{1}, {}, text("1"));
  cache.keep(base::VideoId{2}, {}, text("2"));
  EXPECT_TRUE(cache.find(base::VideoId{1}, {}));
  cache.keep(base::VideoId{3}, {}, text("3"));
  EXPECT_TRUE(cache.find(base::VideoId{1}, {}));
  EXPECT_FALSE(cache.find(base::VideoId{2}, {}));
  EXPECT_TRUE(cache.find(base::VideoId{3}, {}));
}

}  // namespace
}  // namespace luot::catalog
