#include "http/input.hpp"

#include <gmock/gmock.h>

namespace luot::http {
namespace {

JsonInput parse(std::string body) {
  Request request;
  request.body_text = std::move(body);
  return *JsonInput::parse(request);
}

std::vector<std::string> codes(const std::optional<base::Error>& error) {
  std::vector<std::string> found;
  if (error) {
    for (const auto& field : error->fields)
      found.push_back(field.field + ":" + field.code);
  }
  return found;
}

TEST(JsonInput, TellsEveryWrongFieldAtOnce) {
  auto input = parse(R"({"title": 7, "name": "", "age": 400, "extra": null, "long": "abcd"})");
  input.text("title", {.min = 1, .max = 10});
  input.text("name", {.min = 1, .max = 10});
  input.text("long", {.min = 1, .max = 3});
  input.integer("age", 0, 150);
  input.integer("size", 0, 150);
  EXPECT_THAT(codes(input.error()), ::testing::ElementsAre("title:wrong_type", "name:too_short", "long:too_long",
                                                           "age:out_of_range", "size:required", "extra:unknown"));
}

TEST(JsonInput, CountsCharactersAsPeopleDoAndTrims) {
  auto input = parse(R"({"content": "  lướt👨‍👩‍👧‍👦  "})");
  EXPECT_EQ(input.text("content", {.min = 5, .max = 5}), "lướt👨‍👩‍👧‍👦");
  EXPECT_FALSE(input.error());
}

TEST(JsonInput, RefusesNulAndPiledUpMarks) {
  auto input = parse(R"({"a": "x\u0000y", "b": ")" + [] {
    std::string pile = "a";
    for (int i = 0; i < 100; ++i)
      pile += "\u0301";
    return pile;
  }() + R"("})");
  input.text("a", {.max = 10});
  input.text("b", {.max = 3});
  EXPECT_THAT(codes(input.error()), ::testing::ElementsAre("a:invalid", "b:too_long"));
}

TEST(JsonInput, RefusesWhatIsNoObject) {
  for (const auto* text : {"", "[]", "nul", "{\"a\":1", "{\"a\":\"\xff\"}", "{} {}", "{\"a\":NaN}"}) {
    Request request;
    request.body_text = text;
    EXPECT_EQ(JsonInput::parse(request).error().code, "malformed_json") << text;
  }
}

TEST(JsonInput, IntegersAreNotFractionsOrTexts) {
  auto input = parse(R"({"a": 1.0, "b": "1", "c": 18446744073709551615})");
  for (const auto* field : {"a", "b", "c"})
    input.integer(field, 0, 10);
  EXPECT_THAT(codes(input.error()), ::testing::ElementsAre("a:wrong_type", "b:wrong_type", "c:out_of_range"));
}

TEST(JsonInput, ListsOfIntegersAreBoundedAndDistinct) {
  auto input = parse(R"({"a": [3, 1], "b": [], "c": [1, 2, 3, 4], "d": [2, 2], "e": [1, "2"], "f": [0], "g": 1})");
  EXPECT_THAT(input.integers("a", 3, 1, 9), ::testing::ElementsAre(3, 1));
  for (const auto* field : {"b", "c", "d", "e", "f", "g", "h"})
    input.integers(field, 3, 1, 9);
  EXPECT_THAT(codes(input.error()), ::testing::ElementsAre("b:too_short", "c:too_long", "d:invalid", "e:wrong_type",
                                                           "f:out_of_range", "g:wrong_type", "h:required"));
}

TEST(QueryInput, ChecksLimitsChoicesAndUnknowns) {
  Request request;
  request.query = "limit=0&kind=best&x=1&cursor=a&cursor=b";
  auto input = *QueryInput::parse(request);
  page_query(input);
  input.choice<int>("kind", {{"new", 1}}, 1);
  EXPECT_THAT(codes(input.error()),
              ::testing::ElementsAre("limit:out_of_range", "cursor:invalid", "kind:invalid", "x:unknown"));
}

}  // namespace
}  // namespace luot::http
