// How a file is cut into parts.
#pragma once

#include <cstdint>
#include <optional>

namespace luot::uploads {

// S3's limits, which R2, MinIO and Ceph share.
inline constexpr std::int64_t kSmallestPart = 5LL << 20;  // bytes; the last part may be smaller
inline constexpr std::int64_t kLargestPart = 5LL << 30;
inline constexpr std::int64_t kMostParts = 10'000;

// All parts but the last have one size, which R2 needs.
struct PartPlan {
  std::int64_t size = 0;  // bytes of the whole
  std::int64_t part_size = 0;
  std::int64_t part_count = 0;

  // Of part `number`, counted from 1; 0 where there is no such part.
  [[nodiscard]] std::int64_t size_of(std::int64_t number) const;
};

// Nothing for sizes that no parts can make up: below 1, above kMostParts * kLargestPart.
std::optional<PartPlan> plan_parts(std::int64_t size);

}  // namespace luot::uploads
