// What every fuzz target is made of. A target is one file that defines check(): it reads an input as the server would
// read it from outside, and ends the program where a property does not hold.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace luot::fuzz {

void check(std::string_view input);

inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", property);
  std::abort();
}

// An input cut into lines, so that people can write seeds.
class Lines {
 public:
  explicit Lines(std::string_view input) : left_(input) {}

  std::string_view next() {
    const auto end = left_.find('\n');
    const auto line = left_.substr(0, end);
    left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
    return line;
  }
  // A line in decimal; 0 where it is none.
  std::int64_t number() {
    const auto line = next();
    std::int64_t value = 0;
    const auto [stopped, failure] = std::from_chars(line.data(), line.data() + line.size(), value);
    return failure == std::errc() ? value : 0;
  }
  [[nodiscard]] std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

// `text` with the bytes of `mask` over it: what a forger makes of what he was given.
inline std::string mangled(std::string text, std::string_view mask) {
  for (std::size_t i = 0; i < std::min(text.size(), mask.size()); ++i)
    text[i] = static_cast<char>(text[i] ^ mask[i]);
  return text;
}

}  // namespace luot::fuzz
