#include "http/input.hpp"

#include <boost/json/parse.hpp>
#include <charconv>

#include "base/text.hpp"

namespace luot::http {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;

std::string_view type_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
      return "an integer";
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "something else";
}

std::string wrong_type(std::string_view wanted, const json::value& value) {
  return "must be " + std::string(wanted) + ", not " + std::string(type_name(value)) + ".";
}

std::string range_text(std::int64_t min, std::int64_t max) {
  return "must be from " + std::to_string(min) + " to " + std::to_string(max) + ".";
}

// A name that the client made up, where it is fit to be shown back.
std::string_view shown_name(std::string_view name) {
  return name.size() <= 100 && base::is_clean_utf8(name) ? name : "?";
}

Error malformed_json(std::string detail) {
  return {ErrorKind::kMalformed, "malformed_json", std::move(detail), {}};
}

}  // namespace

void FieldErrors::add(std::string_view field, std::string_view code, std::string detail) {
  errors_.push_back({std::string(field), std::string(code), std::move(detail)});
}

base::Result<JsonInput> JsonInput::parse(const Request& request) {
  boost::system::error_code failure;
  json::parse_options options;
  options.max_depth = 16;
  auto value = json::parse(request.body_text, failure, {}, options);
  if (failure) return malformed_json("The body is not valid JSON in UTF-8: " + failure.message() + ".");
  if (!value.is_object()) return malformed_json("The body must be a JSON object.");
  return JsonInput(std::move(value.as_object()));
}

const json::value* JsonInput::take(std::string_view field) {
  named_.emplace(field);
  return object_.if_contains(field);
}

std::optional<std::string> JsonInput::checked(std::string_view field, const json::value& value, TextLimits limits) {
  if (!value.is_string()) {
    errors_.add(field, "wrong_type", wrong_type("a string", value));
    return std::nullopt;
  }
  std::string_view text = value.get_string();
  if (!base::is_clean_utf8(text)) {
    errors_.add(field, "invalid", "must be valid UTF-8 without NUL.");
    return std::nullopt;
  }
  if (limits.trim) text = base::trimmed(text);
  const auto characters = base::count_characters(text);
  // A cluster may hold any number of code points: bytes are bounded too.
  if (characters > limits.max || text.size() > limits.max * 32) {
    errors_.add(field, "too_long", "must have at most " + std::to_string(limits.max) + " characters.");
  } else if (characters < limits.min) {
    errors_.add(field, "too_short", "must have at least " + std::to_string(limits.min) + " characters.");
  }
  return std::string(text);
}

std::string JsonInput::text(std::string_view field, TextLimits limits) {
  const auto* value = take(field);
  if (value == nullptr) {
    errors_.add(field, "required", "is required.");
    return {};
  }
  return checked(field, *value, limits).value_or("");
}

std::optional<std::string> JsonInput::optional_text(std::string_view field, TextLimits limits) {
  const auto* value = take(field);
  return value == nullptr ? std::nullopt : checked(field, *value, limits);
}

std::optional<std::int64_t> JsonInput::checked_integer(std::string_view field, const json::value& value,
                                                       std::int64_t min, std::int64_t max) {
  if (!value.is_int64() && !value.is_uint64()) {
    errors_.add(field, "wrong_type", wrong_type("an integer", value));
  } else if (!value.is_int64() || value.get_int64() < min || value.get_int64() > max) {
    errors_.add(field, "out_of_range", range_text(min, max));
  } else {
    return value.get_int64();
  }
  return std::nullopt;
}

std::int64_t JsonInput::integer(std::string_view field, std::int64_t min, std::int64_t max) {
  const auto* value = take(field);
  if (value == nullptr) {
    errors_.add(field, "required", "is required.");
    return min;
  }
  return checked_integer(field, *value, min, max).value_or(min);
}

std::vector<std::int64_t> JsonInput::integers(std::string_view field, std::size_t most, std::int64_t min,
                                              std::int64_t max) {
  const auto* value = take(field);
  if (value == nullptr) {
    errors_.add(field, "required", "is required.");
    return {};
  }
  if (!value->is_array()) {
    errors_.add(field, "wrong_type", wrong_type("an array", *value));
    return {};
  }
  const auto& entries = value->get_array();
  if (entries.empty() || entries.size() > most) {
    errors_.add(field, entries.empty() ? "too_short" : "too_long",
                "must have from 1 to " + std::to_string(most) + " entries.");
    return {};
  }
  std::vector<std::int64_t> numbers;
  for (const auto& entry : entries) {
    const auto number = checked_integer(field, entry, min, max);
    if (!number) break;
    if (std::ranges::find(numbers, *number) != numbers.end()) {
      errors_.add(field, "invalid", "must not name a number twice.");
      break;
    }
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<Error> JsonInput::error() {
  for (const auto& member : object_) {
    if (!named_.contains(member.key())) {
      errors_.add(shown_name(member.key()), "unknown", "is not a field of this request.");
    }
  }
  if (errors_.empty()) return std::nullopt;
  return base::invalid_fields(errors_.take());
}

base::Result<QueryInput> QueryInput::parse(const Request& request) {
  auto pairs = parse_query(request.query);
  if (!pairs) return Error{ErrorKind::kMalformed, "malformed_request", "The query cannot be decoded.", {}};
  return QueryInput(*std::move(pairs));
}

std::optional<std::string> QueryInput::text(std::string_view name) {
  named_.emplace(name);
  std::optional<std::string> found;
  for (const auto& [key, value] : pairs_) {
    if (key != name) continue;
    if (found) errors_.add(name, "invalid", "is given twice.");
    found = value;
  }
  return found;
}

std::int64_t QueryInput::integer(std::string_view name, std::int64_t fallback, std::int64_t min, std::int64_t max) {
  const auto value = text(name);
  if (!value) return fallback;
  std::int64_t number = 0;
  const auto* end = value->data() + value->size();
  const auto [stopped, failure] = std::from_chars(value->data(), end, number);
  if (failure == std::errc::result_out_of_range) {
    errors_.add(name, "out_of_range", range_text(min, max));
  } else if (failure != std::errc() || stopped != end) {
    errors_.add(name, "wrong_type", "must be an integer.");
  } else if (number < min || number > max) {
    errors_.add(name, "out_of_range", range_text(min, max));
  } else {
    return number;
  }
  return fallback;
}

std::optional<Error> QueryInput::error() {
  for (const auto& [key, value] : pairs_) {
    if (!named_.contains(key)) errors_.add(shown_name(key), "unknown", "is not a parameter of this request.");
  }
  if (errors_.empty()) return std::nullopt;
  return base::invalid_fields(errors_.take());
}

PageQuery page_query(QueryInput& input) {
  PageQuery page;
  page.limit = input.integer("limit", 20, 1, 50);
  page.cursor = input.text("cursor");
  return page;
}

}  // namespace luot::http
