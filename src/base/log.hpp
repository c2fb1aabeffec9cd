// Structured logging, one line an event in logfmt:
//   2026-11-23T03:10:19.123456Z info request id=... method=GET status=200 ms=1.25
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace luot::base::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// Lives as long as the call that writes it: it holds no text of its own.
class Field {
 public:
  Field(std::string_view k, std::string_view v) : key_(k), value_(v) {}
  Field(std::string_view k, const char* v) : key_(k), value_(v) {}
  Field(std::string_view k, const std::string& v) : key_(k), value_(v) {}
  Field(std::string_view k, bool v) : key_(k), value_(v ? "true" : "false") {}
  Field(std::string_view k, std::integral auto v) : key_(k) {
    value_ = {digits_.data(), std::to_chars(digits_.data(), digits_.data() + digits_.size(), v).ptr};
  }
  Field(std::string_view k, double v);  // with three digits after the point
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  std::string_view key_;
  std::string_view value_;
  std::array<char, 32> digits_;  // of a number
};

// Lines below `level` are dropped. Lines go to standard output.
void configure(Level level);

void write(Level level, std::string_view event, std::initializer_list<Field> fields);
// An event of which there may be thousands a second: its line may wait for others, for at most a second.
void frequent(std::string_view event, std::initializer_list<Field> fields);
void debug(std::string_view event, std::initializer_list<Field> fields = {});
void info(std::string_view event, std::initializer_list<Field> fields = {});
void warning(std::string_view event, std::initializer_list<Field> fields = {});
void error(std::string_view event, std::initializer_list<Field> fields = {});
void flush();

// A value as it stands in a line: quoted and escaped where it holds spaces, quotes, '=' or control characters.
void append_value(std::string& line, std::string_view value);

}  // namespace luot::base::log
