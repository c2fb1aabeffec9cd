// What Beast's parser does not look after in a request's head: its size where it arrives in pieces, how many lines it
// has, and lines that RFC 9112 leaves to servers to refuse because others read them differently.
#pragma once

#include <cstddef>
#include <string_view>

namespace luot::http {

enum class HeadFault { kNone, kTooLarge, kBareLineFeed, kFolded };

// One request's head.
class HeadScan {
 public:
  HeadScan(std::size_t most_bytes, std::size_t most_lines) : most_bytes_(most_bytes), most_lines_(most_lines) {}

  // The bytes that arrived since the last look. What follows the head is not looked at.
  HeadFault look(std::string_view bytes);

 private:
  std::size_t most_bytes_;
  std::size_t most_lines_;
  std::size_t bytes_ = 0;
  std::size_t lines_ = 0;
  std::size_t line_length_ = 0;  // of the line that has not ended yet
  char last_ = '\0';             // its last byte
  bool ended_ = false;
};

}  // namespace luot::http
