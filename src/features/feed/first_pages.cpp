#include "features/feed/first_pages.hpp"

namespace luot::feed {
namespace {
constexpr std::chrono::milliseconds kLife{1000};
constexpr std::chrono::milliseconds kRenewAfter{800};
}  // namespace

FirstPages::Text FirstPages::find(Kind kind, std::int64_t limit, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = pages_.find({kind, limit});
  if (found == pages_.end()) return nullptr;
  auto& entry = found->second;
  const auto age = now - entry.made;
  if (age >= kLife) return nullptr;
  if (age >= kRenewAfter && !std::exchange(entry.being_made, true)) return nullptr;
  return entry.text;
}

void FirstPages::keep(Kind kind, std::int64_t limit, Text text, Clock::time_point made) {
  const std::lock_guard lock(mutex_);
  pages_[{kind, limit}] = {std::move(text), made, false};
}

}  // namespace luot::feed
