#include "http/file_response.hpp"

#include <gtest/gtest.h>

namespace luot::http {
namespace {

struct Case {
  const char* header;
  RangeOutcome outcome;
  ByteRange range;
};

TEST(Range, FollowsRfc9110) {
  constexpr std::uint64_t kSize = 1000;
  const Case cases[] = {
      {"", RangeOutcome::kWhole, {}},
      {"bytes=0-0", RangeOutcome::kPart, {0, 1}},
      {"bytes=0-", RangeOutcome::kPart, {0, 1000}},
      {"bytes=999-", RangeOutcome::kPart, {999, 1}},
      {"bytes=500-5000", RangeOutcome::kPart, {500, 500}},
      {"bytes=-1", RangeOutcome::kPart, {999, 1}},
      {"bytes=-5000", RangeOutcome::kPart, {0, 1000}},
      {"bytes=0-99999999999999999999999", RangeOutcome::kPart, {0, 1000}},
      {"bytes=1000-", RangeOutcome::kUnsatisfiable, {}},
      {"bytes=99999999999999999999999-", RangeOutcome::kUnsatisfiable, {}},
      {"bytes=-0", RangeOutcome::kUnsatisfiable, {}},
      {"bytes=5-2", RangeOutcome::kWhole, {}},
      {"bytes=a-b", RangeOutcome::kWhole, {}},
      {"bytes=-", RangeOutcome::kWhole, {}},
      {"bytes=0-1,5-6", RangeOutcome::kWhole, {}},
      {"items=0-1", RangeOutcome::kWhole, {}},
      {"bytes=+1-2", RangeOutcome::kWhole, {}},
  };
  for (const auto& item : cases) {
    ByteRange range;
    EXPECT_EQ(parse_range(item.header, kSize, range), item.outcome) << item.header;
    if (item.outcome == RangeOutcome::kPart) {
      EXPECT_EQ(range, item.range) << item.header;
    }
  }
  ByteRange range;
  EXPECT_EQ(parse_range("bytes=0-", 0, range), RangeOutcome::kUnsatisfiable);
}

TEST(ETag, MatchesListsAndWeakTags) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("*", "\"a\""));
  EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
}

}  // namespace
}  // namespace luot::http
