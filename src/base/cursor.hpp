// Opaque, signed cursors: a position in a list that only the list which issued it takes back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace luot::base {

// A place in a list ordered by time and then id, both descending.
struct Keyset {
  Time time;
  std::int64_t id = 0;

  static Keyset newest() { return {Time::max(), INT64_MAX}; }  // before every row
};

Error invalid_cursor();

class CursorSealer {
 public:
  explicit CursorSealer(SigningKeys keys) : keys_(std::move(keys)) {}

  // `context` names route, path id, filters and viewer; it is signed, not carried. The MAC is cut to 128 bits.
  [[nodiscard]] std::string seal(std::string_view context, std::string_view position) const;
  [[nodiscard]] std::optional<std::string> open(std::string_view context, std::string_view cursor) const;

  [[nodiscard]] std::string seal_keyset(std::string_view context, Keyset last) const;
  // Error: 400 invalid_cursor.
  [[nodiscard]] Result<Keyset> open_keyset(std::string_view context, std::string_view cursor) const;

 private:
  SigningKeys keys_;
};

}  // namespace luot::base
