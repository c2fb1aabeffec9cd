// The plan of an upload in parts: its size, and the number of a part, a line each.
#include "features/uploads/part_plan.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

void check_part(const uploads::PartPlan& plan, std::int64_t number) {
  const auto size = plan.size_of(number);
  if (number < 1 || number > plan.part_count) return require(size == 0, "there is no such part");
  require(size > 0 && size <= plan.part_size, "a part is not empty, and none is larger than planned");
  require(number == plan.part_count || size == plan.part_size, "all parts but the last have one size");
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto size = lines.number();
  const auto plan = uploads::plan_parts(size);
  if (size < 1) return require(!plan, "nothing cannot be sent");
  if (!plan) return require(size > uploads::kMostParts * uploads::kLargestPart, "what S3 takes can be planned");
  require(plan->size == size && plan->part_count >= 1 && plan->part_count <= uploads::kMostParts,
          "as many parts as fit");
  require(plan->part_size >= uploads::kSmallestPart && plan->part_size <= uploads::kLargestPart, "parts that S3 takes");
  const auto last = plan->size_of(plan->part_count);
  require(plan->part_size * (plan->part_count - 1) + last == size, "the parts make up the whole");
  check_part(*plan, lines.number());
  check_part(*plan, plan->part_count + 1);
}

}  // namespace luot::fuzz
