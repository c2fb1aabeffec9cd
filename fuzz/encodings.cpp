// Bytes as text and back: base64url, hex, percent-encoding, ids, and text as people see it.
#include "base/encoding.hpp"

#include "base/ids.hpp"
#include "base/text.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

void check_base64url(std::string_view input) {
  require(base::base64url_decode(base::base64url_encode(input)) == input, "base64url gives back what it was given");
  const auto bytes = base::base64url_decode(input);
  require(!bytes || base::base64url_encode(*bytes) == input, "base64url has one text for each value");
}

void check_hex(std::string_view input) {
  require(base::hex_decode(base::hex_encode(input)) == input, "hex gives back what it was given");
  const auto bytes = base::hex_decode(input);
  require(!bytes || base::hex_encode(*bytes) == base::to_lower_ascii(input), "hex differs in case alone");
}

void check_percent(std::string_view input) {
  const auto decoded = base::percent_decode(base::percent_encode(input));
  require(decoded.has_value() == base::is_clean_utf8(input), "only clean UTF-8 comes out of percent-encoding");
  require(!decoded || *decoded == input, "percent-encoding gives back what it was given");
  const auto read = base::percent_decode(input);
  require(!read || base::is_clean_utf8(*read), "what is decoded is clean UTF-8");
}

void check_ids(std::string_view input) {
  const auto value = base::decode_id(input);
  require(!value || base::encode_id(*value) == input, "an id has one text");
}

void check_text(std::string_view input) {
  const auto trimmed = base::trimmed(input);
  require(trimmed.size() <= input.size() && input.find(trimmed) != input.npos, "trimmed text is a part of the text");
  require(base::to_lower_ascii(base::to_lower_ascii(input)) == base::to_lower_ascii(input), "lower case is the end");
  if (!base::is_clean_utf8(input)) return;
  require(base::trimmed(trimmed) == trimmed, "trimming once is enough");
  require(base::is_clean_utf8(trimmed), "trimming cuts no character apart");
  const auto characters = base::count_characters(input);
  require(characters <= input.size() && (characters == 0) == input.empty(), "a character has at least a byte");
}

}  // namespace

void check(std::string_view input) {
  check_base64url(input);
  check_hex(input);
  check_percent(input);
  check_ids(input);
  check_text(input);
}

}  // namespace luot::fuzz
