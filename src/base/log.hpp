// Structured logging, one line an event in logfmt:
//   2026-11-23T03:10:19.123456Z info request id=... method=GET status=200 ms=1.25
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace luot::base::log {

enum class Level { kDebug, kInfo, kWarning, kError };

struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  Field(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, double v);
};

// Lines below `level` are dropped. Lines go to standard output, buffered for at most a second.
void configure(Level level);

void write(Level level, std::string_view event, std::initializer_list<Field> fields);
void debug(std::string_view event, std::initializer_list<Field> fields = {});
void info(std::string_view event, std::initializer_list<Field> fields = {});
void warning(std::string_view event, std::initializer_list<Field> fields = {});
void error(std::string_view event, std::initializer_list<Field> fields = {});
void flush();

// A value as it stands in a line: quoted and escaped where it holds spaces, quotes, '=' or control characters.
void append_value(std::string& line, std::string_view value);

}  // namespace luot::base::log
