// Texts that many ask for at once and that live for a second: what is made of them is never older than that, and made
// once a second, whoever asks.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace luot::base {

// Safe to use from all threads: it is split into parts with a lock each.
class ShortLivedTexts {
 public:
  using Clock = std::chrono::steady_clock;
  using Text = std::shared_ptr<const std::string>;

  // `capacity`: texts. Where all that it holds are of use, others are not kept.
  explicit ShortLivedTexts(std::size_t capacity, std::size_t parts = 16);

  // Null where the caller is to make the text and keep() it. Shortly before a text's second is over, one caller is sent
  // to make the next while the others still get this one.
  Text find(std::int64_t key, Clock::time_point now);
  // `made`: when what it was made from began to be read.
  void keep(std::int64_t key, Text text, Clock::time_point made);
  // What it was made from has changed: none that was made before `now` is given any more.
  void forget(std::int64_t key, Clock::time_point now);
  void forget_all(Clock::time_point now);

 private:
  struct Entry {
    Text text;  // null where it was forgotten
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
