#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>

#include "base/time.hpp"

namespace luot::base::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "info";
}

// spdlog's own would call the system for each line. Lines leave whole: others may write to the same file.
class StandardOutput final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ~StandardOutput() override { flush_(); }

 private:
  static constexpr std::size_t kMost = 64 * 1024;

  void sink_it_(const spdlog::details::log_msg& message) override {
    lines_.append(message.payload.data(), message.payload.size());
    if (is_terminal_ || lines_.size() >= kMost) flush_();  // a person sees each line at once
  }
  void flush_() override {
    std::fwrite(lines_.data(), 1, lines_.size(), stdout);
    std::fflush(stdout);
    lines_.clear();
  }

  const bool is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  std::string lines_;
};

std::string line_of(Level level, std::string_view event, std::initializer_list<Field> fields) {
  std::string line;
  line.reserve(256);
  line.append(format_rfc3339(wall_clock())).append(1, ' ').append(name_of(level)).append(1, ' ').append(event);
  for (const auto& field : fields) {
    line.append(1, ' ').append(field.key()).append(1, '=');
    append_value(line, field.value());
  }
  return line.append(1, '\n');
}

// False where nobody wants to know.
bool hand_on(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto* logger = spdlog::default_logger_raw();
  if (!logger->should_log(to_spdlog(level))) return false;
  const auto line = line_of(level, event, fields);
  logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  return true;
}

}  // namespace

Field::Field(std::string_view k, double v) : key_(k) {
  const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), v, std::chars_format::fixed, 3);
  value_ = end.ec == std::errc() ? std::string_view(digits_.data(), end.ptr) : "huge";
}

void configure(Level level) {
  auto logger = std::make_shared<spdlog::logger>("luot", std::make_shared<StandardOutput>());
  logger->set_level(to_spdlog(level));
  spdlog::set_default_logger(std::move(logger));
  spdlog::flush_every(std::chrono::seconds(1));
}

void append_value(std::string& line, std::string_view value) {
  constexpr auto is_plain = [](unsigned char c) { return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f; };
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    line.append(value);
    return;
  }
  line.push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      line.push_back('\\');
      line.push_back(c);
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line.push_back(c);
    }
  }
  line.push_back('"');
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (hand_on(level, event, fields)) flush();
}

void frequent(std::string_view event, std::initializer_list<Field> fields) {
  hand_on(Level::kInfo, event, fields);
}

void debug(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::kDebug, event, fields);
}

void info(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::kInfo, event, fields);
}

void warning(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::kWarning, event, fields);
}

void error(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::kError, event, fields);
}

void flush() {
  spdlog::default_logger_raw()->flush();
}

}  // namespace luot::base::log
