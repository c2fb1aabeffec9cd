#include "base/text.hpp"

#include <unictype.h>
#include <unigbrk.h>
#include <unistr.h>

#include <algorithm>

namespace luot::base {
namespace {

const std::uint8_t* units(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

bool is_clean_utf8(std::string_view text) {
  return u8_check(units(text), text.size()) == nullptr && text.find('\0') == std::string_view::npos;
}

std::size_t count_characters(std::string_view utf8) {
  // Not u8_grapheme_next: it looks at two code points only, and so cuts flags and joined emoji apart.
  std::string breaks(utf8.size(), '\0');
  u8_grapheme_breaks(units(utf8), utf8.size(), breaks.data());
  return static_cast<std::size_t>(std::count(breaks.begin(), breaks.end(), '\1'));
}

std::string_view trimmed(std::string_view utf8) {
  ucs4_t character = 0;
  while (!utf8.empty()) {
    const int length = u8_mbtouc(&character, units(utf8), utf8.size());
    if (!uc_is_property_white_space(character)) break;
    utf8.remove_prefix(static_cast<std::size_t>(length));
  }
  while (!utf8.empty()) {
    const auto* last = u8_prev(&character, units(utf8) + utf8.size(), units(utf8));
    if (last == nullptr || !uc_is_property_white_space(character)) break;
    utf8 = utf8.substr(0, static_cast<std::size_t>(last - units(utf8)));
  }
  return utf8;
}

std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace luot::base
