// JSON bodies: fields of every type, as the rooms' routes name them.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "fuzz/property.hpp"
#include "http/error_response.hpp"
#include "http/input.hpp"

namespace luot::fuzz {
namespace {

namespace json = boost::json;

constexpr http::TextLimits kTitle{.min = 1, .max = 150};
constexpr http::TextLimits kDescription{.max = 5000};
constexpr http::TextLimits kPassword{.min = 8, .max = 200, .trim = false};
constexpr std::int64_t kLargest = 1LL << 53;
constexpr std::pair<std::string_view, int> kVisibilities[] = {{"public", 0}, {"unlisted", 1}, {"private", 2}};

struct Fields {
  std::optional<std::string> title, description, password;
  std::optional<std::int64_t> size;
  std::optional<int> visibility;
  std::optional<base::Error> error;
};

// Each kind of field is named where the body has it, so that a body with one good field is a good body.
base::Result<Fields> read(std::string_view body) {
  http::Request request;
  request.body_text = body;
  LUOT_TRY(auto input, http::JsonInput::parse(request));
  const auto object = json::parse(body).as_object();
  Fields fields;
  if (object.contains("title")) fields.title = input.text("title", kTitle);
  fields.description = input.optional_text("description", kDescription);
  if (object.contains("password")) fields.password = input.text("password", kPassword);
  if (object.contains("size")) fields.size = input.integer("size", 1, kLargest);
  fields.visibility = input.choice<int>("visibility", kVisibilities);
  fields.error = input.error();
  return fields;
}

void check_problem(const base::Error& error, int status) {
  const auto problem = http::error_response(error, "id");
  const auto& text = std::get<std::string>(problem.body);
  require(problem.status == status, "what cannot be parsed is 400, a wrong field 422");
  require(base::is_clean_utf8(text) && json::parse(text).is_object(), "a problem is clean JSON");
}

void check_text(const std::optional<std::string>& text, http::TextLimits limits) {
  if (!text) return;
  const auto characters = base::count_characters(*text);
  require(base::is_clean_utf8(*text), "text is clean UTF-8");
  require(characters >= limits.min && characters <= limits.max, "text has a length within its limits");
  require(!limits.trim || base::trimmed(*text) == *text, "text is trimmed");
}

std::string written(const Fields& fields) {
  json::object object;
  if (fields.title) object["title"] = *fields.title;
  if (fields.description) object["description"] = *fields.description;
  if (fields.password) object["password"] = *fields.password;
  if (fields.size) object["size"] = *fields.size;
  if (fields.visibility) object["visibility"] = kVisibilities[*fields.visibility].first;
  return json::serialize(object);
}

void check_good(const Fields& fields) {
  check_text(fields.title, kTitle);
  check_text(fields.description, kDescription);
  check_text(fields.password, kPassword);
  require(!fields.size || (*fields.size >= 1 && *fields.size <= kLargest), "a number is in its range");
  const auto again = read(written(fields));
  require(again && !again->error, "what was accepted is accepted again");
  require(again->title == fields.title && again->description == fields.description &&
              again->password == fields.password && again->size == fields.size &&
              again->visibility == fields.visibility,
          "and says the same");
}

}  // namespace

void check(std::string_view input) {
  const auto fields = read(input);
  if (!fields) {
    check_problem(fields.error(), 400);
  } else if (fields->error) {
    check_problem(*fields->error, 422);
  } else {
    check_good(*fields);
  }
}

}  // namespace luot::fuzz
