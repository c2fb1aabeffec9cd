#include "base/cursor.hpp"

#include <array>
#include <cstring>
#include <span>

#include "base/encoding.hpp"

namespace luot::base {
namespace {

constexpr std::size_t kMacBytes = 16;

std::string signed_text(std::string_view context, std::string_view position) {
  std::string text(context);
  text.push_back('\0');
  text.append(position);
  return text;
}

}  // namespace

Error invalid_cursor() {
  return {ErrorKind::kMalformed, "invalid_cursor", "This cursor is not one of this list.", {}};
}

std::string CursorSealer::seal(std::string_view context, std::string_view position) const {
  return base64url_encode(keys_.sign(signed_text(context, position)).substr(0, kMacBytes).append(position));
}

std::optional<std::string> CursorSealer::open(std::string_view context, std::string_view cursor) const {
  auto bytes = base64url_decode(cursor);
  if (!bytes || bytes->size() < kMacBytes) return std::nullopt;
  std::string position = bytes->substr(kMacBytes);
  if (!keys_.verify(signed_text(context, position), std::string_view(*bytes).substr(0, kMacBytes))) {
    return std::nullopt;
  }
  return position;
}

std::string CursorSealer::seal_keyset(std::string_view context, Keyset last) const {
  const std::array<std::int64_t, 2> numbers{last.time.time_since_epoch().count(), last.id};
  return seal(context, as_text(std::as_bytes(std::span(numbers))));
}

Result<Keyset> CursorSealer::open_keyset(std::string_view context, std::string_view cursor) const {
  std::array<std::int64_t, 2> numbers{};
  const auto position = open(context, cursor);
  if (!position || position->size() != sizeof(numbers)) {
    return invalid_cursor();
  }
  std::memcpy(numbers.data(), position->data(), sizeof(numbers));
  return Keyset{Time(std::chrono::microseconds(numbers[0])), numbers[1]};
}

}  // namespace luot::base
