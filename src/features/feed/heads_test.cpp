#include "features/feed/heads.hpp"

#include <gmock/gmock.h>

namespace luot::feed {
namespace {

std::vector<base::VideoId> ids(std::initializer_list<std::int64_t> numbers) {
  std::vector<base::VideoId> list;
  for (const auto number : numbers)
    list.push_back(base::VideoId{number});
  return list;
}

TEST(Mix, TakesTwoHotOnesToANewOne) {
  EXPECT_EQ(mix(ids({1, 2, 3, 4}), ids({11, 12, 13})), ids({1, 2, 11, 3, 4, 12, 13}));
}

TEST(Mix, TakesEachOnce) {
  EXPECT_EQ(mix(ids({1, 2, 3}), ids({3, 2, 1})), ids({1, 2, 3}));
  EXPECT_EQ(mix(ids({1, 2, 3}), ids({1, 9, 2, 8})), ids({1, 2, 9, 3, 8}));
  EXPECT_EQ(mix({}, ids({1, 2})), ids({1, 2}));
  EXPECT_EQ(mix({}, {}), ids({}));
}

}  // namespace
}  // namespace luot::feed
