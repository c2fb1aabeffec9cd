#include "features/catalog/card_cache.hpp"

namespace luot::catalog {

CardCache::CardCache(std::size_t capacity, std::size_t parts) : capacity_(capacity / parts), parts_(parts) {
}

CardCache::Part& CardCache::part_of(base::VideoId id) {
  return parts_[static_cast<std::uint64_t>(id.value) % parts_.size()];
}

CardCache::Text CardCache::find(base::VideoId id, const CardVersion& version) {
  auto& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  const auto found = part.by_id.find(id.value);
  if (found == part.by_id.end() || found->second->version != version) return nullptr;
  part.entries.splice(part.entries.begin(), part.entries, found->second);
  return found->second->text;
}

void CardCache::keep(base::VideoId id, CardVersion version, Text text) {
  auto& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  if (const auto found = part.by_id.find(id.value); found != part.by_id.end()) {
    part.entries.erase(found->second);
    part.by_id.erase(found);
  }
  if (part.entries.size() >= capacity_) {
    part.by_id.erase(part.entries.back().id);
    part.entries.pop_back();
  }
  part.entries.push_front({id.value, std::move(version), std::move(text)});
  part.by_id[id.value] = part.entries.begin();
}

}  // namespace luot::catalog
