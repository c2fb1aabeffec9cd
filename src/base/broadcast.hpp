// A text that many answers carry within a moment. A large one is also held as a file in memory, whose pages the system
// sends as they are, where it would copy bytes for each answer.
#pragma once

#include <optional>
#include <string>

#include "base/file.hpp"

namespace luot::base {

class Broadcast {
 public:
  explicit Broadcast(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Of the same bytes; nothing for a small text.
  [[nodiscard]] const std::optional<File>& file() const { return file_; }

 private:
  std::string text_;
  std::optional<File> file_;
};

}  // namespace luot::base
