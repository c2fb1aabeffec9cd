// Declarative checks of what clients send. A handler names its fields one by one, then asks once for the error, which
// lists every field that was wrong or unknown:
//   JsonInput input(body);  auto content = input.text("content", {.min = 1, .max = 1000});
//   if (auto error = input.error()) co_return *error;
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "http/request.hpp"
#include "http/target.hpp"

namespace luot::http {

struct TextLimits {
  std::size_t min = 0;  // characters as people count them, after trimming
  std::size_t max = 0;
  bool trim = true;  // off for passwords
};

class FieldErrors {
 public:
  void add(std::string_view field, std::string_view code, std::string detail);
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] std::vector<base::FieldError> take() { return std::move(errors_); }

 private:
  std::vector<base::FieldError> errors_;
};

class JsonInput {
 public:
  // Error: 400 malformed_json for what is no JSON object in clean UTF-8.
  static base::Result<JsonInput> parse(const Request& request);

  std::string text(std::string_view field, TextLimits limits);
  std::optional<std::string> optional_text(std::string_view field, TextLimits limits);
  std::int64_t integer(std::string_view field, std::int64_t min, std::int64_t max);
  // A list of 1 to `most` integers, no two alike, each from `min` to `max`.
  std::vector<std::int64_t> integers(std::string_view field, std::size_t most, std::int64_t min, std::int64_t max);

  // One of `choices` by name, or nothing where the field is absent.
  template <typename E>
  std::optional<E> choice(std::string_view field, std::span<const std::pair<std::string_view, E>> choices);

  void reject(std::string_view field, std::string_view code, std::string detail) { errors_.add(field, code, detail); }
  // Call last: fields that nobody named are unknown.
  [[nodiscard]] std::optional<base::Error> error();

 private:
  explicit JsonInput(boost::json::object object) : object_(std::move(object)) {}
  const boost::json::value* take(std::string_view field);
  std::optional<std::string> checked(std::string_view field, const boost::json::value& value, TextLimits limits);

  std::optional<std::int64_t> checked_integer(std::string_view field, const boost::json::value& value, std::int64_t min,
                                              std::int64_t max);

  boost::json::object object_;
  std::set<std::string, std::less<>> named_;
  FieldErrors errors_;
};

class QueryInput {
 public:
  // Error: 400 malformed_request for escapes that cannot be decoded.
  static base::Result<QueryInput> parse(const Request& request);

  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t min, std::int64_t max);
  std::optional<std::string> text(std::string_view name);
  template <typename E>
  E choice(std::string_view name, std::initializer_list<std::pair<std::string_view, E>> choices, E fallback);
  [[nodiscard]] std::optional<base::Error> error();

 private:
  explicit QueryInput(QueryPairs pairs) : pairs_(std::move(pairs)) {}

  QueryPairs pairs_;
  std::set<std::string, std::less<>> named_;
  FieldErrors errors_;
};

// `limit` and `cursor` of every list.
struct PageQuery {
  std::int64_t limit = 20;
  std::optional<std::string> cursor;
};
PageQuery page_query(QueryInput& input);

template <typename E>
std::string one_of(std::span<const std::pair<std::string_view, E>> choices) {
  std::string text = "must be one of:";
  for (const auto& [name, value] : choices)
    text.append(text.back() == ':' ? " " : ", ").append(name);
  return text + ".";
}

template <typename E>
std::optional<E> JsonInput::choice(std::string_view field, std::span<const std::pair<std::string_view, E>> choices) {
  const auto text = optional_text(field, {.min = 0, .max = 100});
  if (!text) return std::nullopt;
  for (const auto& [name, value] : choices) {
    if (name == *text) return value;
  }
  errors_.add(field, "invalid", one_of<E>(choices));
  return std::nullopt;
}

template <typename E>
E QueryInput::choice(std::string_view name, std::initializer_list<std::pair<std::string_view, E>> choices, E fallback) {
  const auto text_value = text(name);
  if (!text_value) return fallback;
  for (const auto& [choice_name, value] : choices) {
    if (choice_name == *text_value) return value;
  }
  errors_.add(name, "invalid", one_of<E>({choices.begin(), choices.size()}));
  return fallback;
}

}  // namespace luot::http
