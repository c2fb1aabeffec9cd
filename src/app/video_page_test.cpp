#include "app/video_page.hpp"

#include <gmock/gmock.h>

namespace luot::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPage = "<head><title>Luot</title></head><body></body>";
constexpr std::string_view kUrl = "https://luot.example/v/1nQz7Vd0KpA";

std::string card(std::string_view title, std::string_view visibility = "public", std::string_view poster = "null") {
  return R"({"title": ")" + std::string(title) +
         R"(", "description": "", "author": {"username": "linh"}, "visibility": ")" + std::string(visibility) +
         R"(", "duration": 14.6, "thumbnail_url": )" + std::string(poster) + "}";
}

TEST(VideoPage, TellsWhatTheVideoIs) {
  const auto page = video_page(kPage, card("Morning surf", "public", "\"https://cdn.example/t/poster.jpg\""), kUrl);
  EXPECT_THAT(page, HasSubstr("<head><title>Morning surf · @linh · Luot</title>"));
  EXPECT_THAT(page, HasSubstr("<link rel=\"canonical\" href=\"https://luot.example/v/1nQz7Vd0KpA\">"));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:title\" content=\"Morning surf\">"));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:description\" content=\"@linh\">"));
  EXPECT_THAT(page, HasSubstr("<meta property=\"video:duration\" content=\"15\">"));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:image\" content=\"https://cdn.example/t/poster.jpg\">"));
  EXPECT_THAT(page, Not(HasSubstr("noindex")));
  EXPECT_THAT(page, HasSubstr("</head><body></body>"));
}

TEST(VideoPage, UserTextIsNeverMarkup) {
  const auto page = video_page(kPage, card("</title><script src='x'>\\\" & alert"), kUrl);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;/title&gt;&lt;script src=&#39;x&#39;&gt;&quot; &amp; alert"));
}

TEST(VideoPage, WithoutAPosterThereIsNoPicture) {
  EXPECT_THAT(video_page(kPage, card("A"), kUrl), Not(HasSubstr("og:image")));
}

TEST(VideoPage, WhatIsNotForEverybodyIsNotForSearchEngines) {
  EXPECT_THAT(video_page(kPage, card("A", "unlisted"), kUrl), HasSubstr("noindex"));
  EXPECT_EQ(hidden_page(kPage),
            "<head><title>Luot</title><meta name=\"robots\" content=\"noindex\"></head><body></body>");
}

}  // namespace
}  // namespace luot::app
