#include "features/uploads/part_plan.hpp"

#include <gtest/gtest.h>

namespace luot::uploads {
namespace {

constexpr std::int64_t kMiB = 1LL << 20;
constexpr std::int64_t kGiB = 1LL << 30;

void expect_whole(std::int64_t size) {
  const auto plan = plan_parts(size);
  ASSERT_TRUE(plan) << size;
  ASSERT_GE(plan->part_count, 1) << size;
  ASSERT_LE(plan->part_count, kMostParts) << size;
  EXPECT_GE(plan->part_size, kSmallestPart) << size;
  EXPECT_LE(plan->part_size, kLargestPart) << size;
  std::int64_t sum = 0;
  for (std::int64_t number = 1; number <= plan->part_count; ++number) {
    ASSERT_TRUE(plan->size_of(number) == plan->part_size || number == plan->part_count) << size;
    ASSERT_GE(plan->size_of(number), 1) << size;
    sum += plan->size_of(number);
  }
  EXPECT_EQ(sum, size);
  EXPECT_LE(plan->size_of(plan->part_count), plan->part_size) << size;
}

TEST(PartPlan, MakesUpTheWholeWithinS3sLimits) {
  for (const std::int64_t base : {std::int64_t{1}, 8 * kMiB, 64 * kMiB, 4 * kGiB, 8 * kMiB * kMostParts,
                                  9 * kMiB * kMostParts, std::int64_t{1} << 45}) {
    for (const std::int64_t off : {-1L, 0L, 1L}) {
      if (base + off >= 1) expect_whole(base + off);
    }
  }
  expect_whole(kMostParts * kLargestPart);
}

TEST(PartPlan, UsesEightMebibytesUntilThatWouldBeTooManyParts) {
  const auto usual = plan_parts(64 * kMiB + 1);
  EXPECT_EQ(usual->part_size, 8 * kMiB);
  EXPECT_EQ(usual->part_count, 9);
  EXPECT_EQ(usual->size_of(9), 1);
  EXPECT_EQ(plan_parts(8 * kMiB * kMostParts)->part_size, 8 * kMiB);
  EXPECT_EQ(plan_parts(8 * kMiB * kMostParts + 1)->part_size, 9 * kMiB);
}

TEST(PartPlan, HasNoOtherParts) {
  const auto plan = plan_parts(10 * kMiB);
  for (const std::int64_t number : {INT64_MIN, -1L, 0L, 3L, INT64_MAX})
    EXPECT_EQ(plan->size_of(number), 0) << number;
}

TEST(PartPlan, IsNothingForWhatCannotBeCut) {
  for (const std::int64_t size : {INT64_MIN, -1L, 0L, kMostParts * kLargestPart + 1, INT64_MAX})
    EXPECT_FALSE(plan_parts(size)) << size;
}

}  // namespace
}  // namespace luot::uploads
