// Where a walk through the feed stands: what a cursor holds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/cursor.hpp"

namespace luot::feed {

enum class Phase : std::uint8_t {
  kUnseen,  // what the viewer has not seen; all, for those who are not signed in
  kSeen,    // the rest
  kOver,
};

// A phase goes through a head's order, then through everything else by (published_at, id).
struct Position {
  std::int64_t head = 0;      // the head's id; 0: none
  std::int64_t snapshot = 0;  // seen marks up to this batch count for the walk
  Phase phase = Phase::kUnseen;
  std::uint32_t next = 0;  // index in the head's order
  base::Keyset tail = base::Keyset::newest();
};

// 38 bytes, big-endian, with a version in front.
std::string encode(const Position& position);
std::optional<Position> decode(std::string_view bytes);

}  // namespace luot::feed
