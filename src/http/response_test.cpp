#include "http/response.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace luot::http {
namespace {

std::string read_back(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return std::string(boost::json::parse(json).as_string());
}

TEST(JsonStrings, AreReadBackAsTheyWere) {
  for (const std::string text :
       {"", "plain", "lướt qua", "👩‍👩‍👧 nhà", "say \"hi\"", "back\\slash", "two\nlines"})
    EXPECT_EQ(read_back(text), text);
  for (char c = 0x7f; c > 0; --c)
    EXPECT_EQ(read_back(std::string("a") + c + "b"), std::string("a") + c + "b");
  EXPECT_EQ(read_back(std::string("a\0b", 3)), std::string("a\0b", 3));
}

TEST(JsonStrings, AreAppended) {
  std::string json = "[";
  append_json_string(json, "a");
  EXPECT_EQ(json, "[\"a\"");
}

TEST(Broadcasts, AreFilesInMemoryWhereTheyAreLarge) {
  const auto small = std::make_shared<const base::Broadcast>("[]");
  EXPECT_FALSE(small->file());
  EXPECT_EQ(body_size(broadcast_response(small).body), 2);

  const auto large = std::make_shared<const base::Broadcast>(std::string(20'000, ' '));
  ASSERT_TRUE(large->file());
  const auto response = broadcast_response(large);
  const auto* slice = std::get_if<FileSlice>(&response.body);
  ASSERT_NE(slice, nullptr);
  EXPECT_TRUE(slice->in_memory);
  EXPECT_EQ(body_size(response.body), 20'000);
  EXPECT_EQ(large.use_count(), 2) << "the answer keeps it";
}

}  // namespace
}  // namespace luot::http
