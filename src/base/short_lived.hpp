// Things that many ask for at once and that live for a second: what is made of them is never older than that, and made
// once a second, whoever asks.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace luot::base {

// Safe to use from all threads: it is split into parts with a lock each.
template <typename Thing>
class ShortLived {
 public:
  using Clock = std::chrono::steady_clock;
  using Shared = std::shared_ptr<const Thing>;

  // `capacity`: things. Where all that it holds are of use, others are not kept.
  explicit ShortLived(std::size_t capacity, std::size_t parts = 16) : capacity_(capacity / parts), parts_(parts) {}

  // Null where the caller is to make the thing and keep() it. Shortly before a thing's second is over, one caller is
  // sent to make the next while the others still get this one.
  Shared find(std::int64_t key, Clock::time_point now) {
    auto& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    const auto found = part.by_key.find(key);
    if (found == part.by_key.end()) return nullptr;
    auto& entry = found->second;
    if (entry.made < forgotten_.load()) return nullptr;
    const auto age = now - entry.made;
    if (age >= kLife) return nullptr;
    if (age >= kRenewAfter && !std::exchange(entry.being_made, true)) return nullptr;
    return entry.thing;
  }

  // `made`: when what it was made from began to be read.
  void keep(std::int64_t key, Shared thing, Clock::time_point made) {
    auto& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    // That a thing was forgotten is kept in any case: what was made of it before may be told later.
    if (thing && part.by_key.size() >= capacity_ && !part.by_key.contains(key)) {
      std::erase_if(part.by_key, [made](const auto& item) { return made - item.second.made >= kLife; });
      if (part.by_key.size() >= capacity_) return;
    }
    auto& entry = part.by_key[key];
    if (made >= entry.made) entry = {std::move(thing), made, false};
  }

  // What it was made from has changed: none that was made before `now` is given any more.
  void forget(std::int64_t key, Clock::time_point now) { keep(key, nullptr, now); }

  void forget_all(Clock::time_point now) {
    auto before = forgotten_.load();
    while (before < now && !forgotten_.compare_exchange_weak(before, now)) {
    }
  }

 private:
  static constexpr std::chrono::milliseconds kLife{1000};
  static constexpr std::chrono::milliseconds kRenewAfter{800};

  struct Entry {
    Shared thing;  // null where it was forgotten
    Clock::time_point made;
    bool being_made = false;
  };
  struct Part {
    std::mutex mutex;  // guards the rest
    std::unordered_map<std::int64_t, Entry> by_key;
  };
  Part& part_of(std::int64_t key) { return parts_[static_cast<std::uint64_t>(key) % parts_.size()]; }

  std::atomic<Clock::time_point> forgotten_{Clock::time_point::min()};  // all that was made before
  const std::size_t capacity_;                                          // of a part
  std::vector<Part> parts_;                                             // never resized
};

}  // namespace luot::base
