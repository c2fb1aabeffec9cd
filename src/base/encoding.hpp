// Bytes as text and back.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace luot::base {

std::string_view as_text(std::span<const std::byte> bytes);
std::span<const std::byte> as_bytes(std::string_view text);

// base64url without padding (RFC 4648 section 5). Decoding is strict: one text for each value.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);
// base64 with padding (RFC 4648 section 4), as strictly.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

// Percent-encoding (RFC 3986 section 2.1).
// Nothing for a broken escape, or for bytes that are not clean UTF-8.
std::optional<std::string> percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);  // all but RFC 3986's unreserved characters

}  // namespace luot::base
