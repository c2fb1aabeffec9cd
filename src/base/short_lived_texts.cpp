#include "base/short_lived_texts.hpp"

#include <utility>

namespace luot::base {
namespace {
constexpr std::chrono::milliseconds kLife{1000};
constexpr std::chrono::milliseconds kRenewAfter{800};
}  // namespace

ShortLivedTexts::ShortLivedTexts(std::size_t capacity, std::size_t parts) : capacity_(capacity / parts), parts_(parts) {
}

ShortLivedTexts::Text ShortLivedTexts::find(std::int64_t key, Clock::time_point now) {
  auto& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  const auto found = part.by_key.find(key);
  if (found == part.by_key.end()) return nullptr;
  auto& entry = found->second;
  if (entry.made < forgotten_.load()) return nullptr;
  const auto age = now - entry.made;
  if (age >= kLife) return nullptr;
  if (age >= kRenewAfter && !std::exchange(entry.being_made, true)) return nullptr;
  return entry.text;
}

void ShortLivedTexts::keep(std::int64_t key, Text text, Clock::time_point made) {
  auto& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  // That a text was forgotten is kept in any case: what was made of it before may be told later.
  if (text && part.by_key.size() >= capacity_ && !part.by_key.contains(key)) {
    std::erase_if(part.by_key, [made](const auto& item) { return made - item.second.made >= kLife; });
    if (part.by_key.size() >= capacity_) return;
  }
  auto& entry = part.by_key[key];
  if (made >= entry.made) entry = {std::move(text), made, false};
}

void ShortLivedTexts::forget(std::int64_t key, Clock::time_point now) {
  keep(key, nullptr, now);
}

void ShortLivedTexts::forget_all(Clock::time_point now) {
  auto before = forgotten_.load();
  while (before < now && !forgotten_.compare_exchange_weak(before, now)) {
  }
}

}  // namespace luot::base
