#include "features/catalog/card_cache.hpp"

namespace luot::catalog {

CardCache::Text CardCache::find(base::VideoId id, const CardVersion& version) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id.value);
  if (found == by_id_.end() || found->second->version != version) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->text;
}

void CardCache::keep(base::VideoId id, CardVersion version, Text text) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_id_.find(id.value); found != by_id_.end()) {
    entries_.erase(found->second);
    by_id_.erase(found);
  }
  if (entries_.size() >= capacity_) {
    by_id_.erase(entries_.back().id);
    entries_.pop_back();
  }
  entries_.push_front({id.value, std::move(version), std::move(text)});
  by_id_[id.value] = entries_.begin();
}

}  // namespace luot::catalog
