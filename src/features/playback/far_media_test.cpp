#include "features/playback/far_media.hpp"

#include <gtest/gtest.h>

namespace luot::playback {
namespace {

std::string url_of(std::string_view name) {
  return "https://store/" + std::string(name) + "?signed";
}

TEST(WithMediaUrls, NamesTheStoreForMediaAndLeavesTheRest) {
  EXPECT_EQ(with_media_urls("#EXTM3U\n#EXT-X-MAP:URI=\"720p.mp4\",BYTERANGE=\"900@0\"\n#EXTINF:2.0,\n"
                            "#EXT-X-BYTERANGE:5@900\n720p.mp4\n#EXT-X-ENDLIST\n",
                            url_of),
            "#EXTM3U\n#EXT-X-MAP:URI=\"https://store/720p.mp4?signed\",BYTERANGE=\"900@0\"\n#EXTINF:2.0,\n"
            "#EXT-X-BYTERANGE:5@900\nhttps://store/720p.mp4?signed\n#EXT-X-ENDLIST\n");
  const std::string master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n720p.m3u8\n";
  EXPECT_EQ(with_media_urls(master, url_of), master);
}

TEST(WithMediaUrls, SignsAFileOnce) {
  int signatures = 0;
  const auto count = [&signatures](std::string_view name) {
    ++signatures;
    return url_of(name);
  };
  with_media_urls("#EXT-X-MAP:URI=\"a.mp4\"\na.mp4\na.mp4\n", count);
  EXPECT_EQ(signatures, 1);
}

TEST(WithMediaUrls, EndsWhatItCannotRead) {
  EXPECT_EQ(with_media_urls("", url_of), "");
  EXPECT_EQ(with_media_urls("#EXT-X-MAP:URI=\"open", url_of), "#EXT-X-MAP:URI=\"open\n");
  EXPECT_EQ(with_media_urls("a.mp4", url_of), "https://store/a.mp4?signed\n");
}

RecentTexts::Text text(std::size_t size) {
  return std::make_shared<const std::string>(size, 'x');
}

TEST(RecentTexts, AreKeptForAWhileAndInTheirWindow) {
  RecentTexts texts;
  const RecentTexts::Moment now{};
  EXPECT_EQ(texts.find("a", 1, now), nullptr);
  const auto kept = text(1);
  texts.keep("a", 1, kept, now);
  EXPECT_EQ(texts.find("a", 1, now + std::chrono::seconds(9)), kept);
  EXPECT_EQ(texts.find("a", 2, now), nullptr);
  EXPECT_EQ(texts.find("a", 1, now + RecentTexts::kKept), nullptr);
  const auto newer = text(1);
  texts.keep("a", 2, newer, now);
  EXPECT_EQ(texts.find("a", 2, now), newer);
}

TEST(RecentTexts, TakeNoMoreThanTheirRoom) {
  RecentTexts texts(10);
  const RecentTexts::Moment now{};
  texts.keep("a", 1, text(4), now);
  texts.keep("a", 1, text(5), now);
  texts.keep("b", 1, text(5), now);
  EXPECT_NE(texts.find("a", 1, now), nullptr);
  texts.keep("c", 1, text(1), now);
  EXPECT_EQ(texts.find("a", 1, now), nullptr) << "the oldest goes";
  EXPECT_NE(texts.find("b", 1, now), nullptr);
  texts.keep("d", 1, text(11), now);
  EXPECT_EQ(texts.find("d", 1, now), nullptr);
  EXPECT_EQ(texts.find("c", 1, now), nullptr);
  texts.keep("e", 1, text(1), now);
  EXPECT_NE(texts.find("e", 1, now), nullptr);
}

}  // namespace
}  // namespace luot::playback
