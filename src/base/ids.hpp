// Identifiers: 64 bits, of which the high 32 are seconds since 2024-01-01 UTC (they sort by age, and last until 2092)
// and the low 32 are random from the system's CSPRNG, so that unlisted videos cannot be enumerated.
// Outside the database they are 11 characters of base62 (0-9A-Za-z), which sort as the numbers do.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace luot::base {

std::string encode_id(std::int64_t value);
std::optional<std::int64_t> decode_id(std::string_view text);
std::int64_t random_id(Time now);
// 11 characters of base62 from 64 random bits: names that nobody can guess, such as a revision's.
std::string random_name();

template <typename Tag>
struct Id {
  std::int64_t value{};

  static Id make(Time now) { return Id{random_id(now)}; }
  static std::optional<Id> parse(std::string_view text) {
    auto value = decode_id(text);
    return value ? std::optional<Id>(Id{*value}) : std::nullopt;
  }
  [[nodiscard]] std::string str() const { return encode_id(value); }
  auto operator<=>(const Id&) const = default;
};

using UserId = Id<struct UserTag>;
using VideoId = Id<struct VideoTag>;
using CommentId = Id<struct CommentTag>;
using JobId = Id<struct JobTag>;

}  // namespace luot::base
