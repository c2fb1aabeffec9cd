#include "features/feed/walk.hpp"

namespace luot::feed {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kLength = 38;

void append(std::string& bytes, std::uint64_t value, std::size_t count) {
  for (std::size_t i = count; i-- > 0;)
    bytes.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t take(std::string_view& bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(0, count))
    value = value << 8 | static_cast<unsigned char>(c);
  bytes.remove_prefix(count);
  return value;
}

}  // namespace

std::string encode(const Position& position) {
  std::string bytes(1, kVersion);
  append(bytes, static_cast<std::uint64_t>(position.head), 8);
  append(bytes, static_cast<std::uint64_t>(position.snapshot), 8);
  append(bytes, static_cast<std::uint64_t>(position.phase), 1);
  append(bytes, position.next, 4);
  append(bytes, static_cast<std::uint64_t>(position.tail.time.time_since_epoch().count()), 8);
  append(bytes, static_cast<std::uint64_t>(position.tail.id), 8);
  return bytes;
}

std::optional<Position> decode(std::string_view bytes) {
  if (bytes.size() != kLength || bytes[0] != kVersion) return std::nullopt;
  bytes.remove_prefix(1);
  Position position;
  position.head = static_cast<std::int64_t>(take(bytes, 8));
  position.snapshot = static_cast<std::int64_t>(take(bytes, 8));
  position.phase = static_cast<Phase>(take(bytes, 1));
  position.next = static_cast<std::uint32_t>(take(bytes, 4));
  position.tail.time = base::Time(std::chrono::microseconds(static_cast<std::int64_t>(take(bytes, 8))));
  position.tail.id = static_cast<std::int64_t>(take(bytes, 8));
  if (position.phase > Phase::kSeen) return std::nullopt;
  return position;
}

}  // namespace luot::feed
