// Text as people see it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace luot::base {

// True for well-formed UTF-8 without NUL, which PostgreSQL cannot keep.
bool is_clean_utf8(std::string_view text);

// Extended grapheme clusters (Unicode UAX #29): what a person counts as characters.
std::size_t count_characters(std::string_view utf8);

// Without white space at both ends (ASCII and the Unicode spaces).
std::string_view trimmed(std::string_view utf8);

std::string to_lower_ascii(std::string_view text);

}  // namespace luot::base
