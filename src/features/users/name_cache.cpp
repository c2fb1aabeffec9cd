#include "features/users/name_cache.hpp"

namespace luot::users {

std::optional<std::string> NameCache::find(base::UserId id) {
  auto& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  const auto found = part.names.find(id.value);
  return found == part.names.end() ? std::nullopt : std::optional(found->second);
}

void NameCache::keep(base::UserId id, const std::string& name) {
  auto& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  if (part.names.size() >= capacity_) part.names.clear();
  part.names.emplace(id.value, name);
}

}  // namespace luot::users
