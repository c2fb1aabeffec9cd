// What goes over the wire: commands as they are sent, replies as they are read (RESP2).
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luot::redis {

class Command {
 public:
  explicit Command(std::string_view name) { add(name); }

  Command& add(std::string_view argument);
  Command& add(std::integral auto argument) { return add(std::to_string(argument)); }
  void append_to(std::string& bytes) const;

 private:
  std::string arguments_;
  std::size_t count_ = 0;
};

struct Reply {
  enum class Kind { kNil, kInteger, kText, kError, kList };
  Kind kind = Kind::kNil;
  std::int64_t integer = 0;
  std::string text;  // of an error, too
  std::vector<Reply> items;

  [[nodiscard]] bool is_error() const { return kind == Kind::kError; }
  [[nodiscard]] bool is_nil() const { return kind == Kind::kNil; }
  // Throws std::out_of_range where there is none.
  [[nodiscard]] const Reply& operator[](std::size_t index) const { return items.at(index); }
};

// Puts replies together from pieces of any size.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void feed(std::string_view bytes);
  // The next whole reply, if there is one. Throws std::runtime_error where the bytes are none.
  std::optional<Reply> next();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace luot::redis
