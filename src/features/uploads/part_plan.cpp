#include "features/uploads/part_plan.hpp"

#include <algorithm>

namespace luot::uploads {
namespace {

// Small enough that a part that has to be sent again costs little, large enough that few round trips are needed.
constexpr std::int64_t kUsualPart = 8LL << 20;
constexpr std::int64_t kGrain = 1LL << 20;  // larger parts are a multiple of it

std::int64_t divided_up(std::int64_t number, std::int64_t by) {
  return number / by + (number % by == 0 ? 0 : 1);
}

}  // namespace

std::int64_t PartPlan::size_of(std::int64_t number) const {
  if (number < 1 || number > part_count) return 0;
  return number < part_count ? part_size : size - part_size * (part_count - 1);
}

std::optional<PartPlan> plan_parts(std::int64_t size) {
  if (size < 1 || size > kMostParts * kLargestPart) return std::nullopt;
  const auto needed = divided_up(divided_up(size, kMostParts), kGrain) * kGrain;
  const auto part_size = std::max(kUsualPart, needed);
  return PartPlan{size, part_size, divided_up(size, part_size)};
}

}  // namespace luot::uploads
