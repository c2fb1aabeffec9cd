// Serialised cards. What rarely changes is kept as text, by video, and made anew where the video was edited, has
// another revision, or its URLs belong to another window; what changes with each view (counts, liked, play token) is
// not in it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"

namespace luot::catalog {

// What a card's text was made from.
struct CardVersion {
  std::string rev;
  std::int64_t edits = 0;
  std::int64_t window = 0;  // of the signed URLs
  bool operator==(const CardVersion&) const = default;
};

// Safe to use from all loops: it is split into parts with a lock each.
class CardCache {
 public:
  using Text = std::shared_ptr<const std::string>;

  // `capacity`: cards, of some 2 KB each; the least lately used of a part go first.
  explicit CardCache(std::size_t capacity, std::size_t parts = 16);

  // Null where there is none of that version.
  Text find(base::VideoId id, const CardVersion& version);
  void keep(base::VideoId id, CardVersion version, Text text);

 private:
  struct Entry {
    std::int64_t id = 0;
    CardVersion version;
    Text text;
  };
  struct Part {
    std::mutex mutex;          // guards the rest
    std::list<Entry> entries;  // the latest used first
    std::unordered_map<std::int64_t, std::list<Entry>::iterator> by_id;
  };
  Part& part_of(base::VideoId id);

  const std::size_t capacity_;  // of a part
  std::vector<Part> parts_;     // never resized
};

}  // namespace luot::catalog
