#include "base/ids.hpp"

#include "base/crypto.hpp"

namespace luot::base {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kLength = 11;             // 62^11 > 2^64
constexpr std::int64_t kEpoch = 1'704'067'200;  // 2024-01-01T00:00:00Z

std::string encode(std::uint64_t rest) {
  std::string text(kLength, '0');
  for (auto position = text.rbegin(); position != text.rend(); ++position) {
    *position = kAlphabet[rest % 62];
    rest /= 62;
  }
  return text;
}

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  if (c >= 'a' && c <= 'z') return c - 'a' + 36;
  return std::nullopt;
}

}  // namespace

std::string encode_id(std::int64_t value) {
  return encode(static_cast<std::uint64_t>(value));
}

std::optional<std::int64_t> decode_id(std::string_view text) {
  if (text.size() != kLength) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    auto next = digit(c);
    if (!next || __builtin_mul_overflow(value, 62U, &value) || __builtin_add_overflow(value, *next, &value)) {
      return std::nullopt;
    }
  }
  return static_cast<std::int64_t>(value);
}

std::int64_t random_id(Time now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() - kEpoch;
  std::uint32_t random = 0;
  fill_random(std::as_writable_bytes(std::span(&random, 1)));
  return seconds << 32 | random;
}

std::string random_name() {
  std::uint64_t random = 0;
  fill_random(std::as_writable_bytes(std::span(&random, 1)));
  return encode(random);
}

}  // namespace luot::base
