#include "features/playback/playback.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>

#include "base/encoding.hpp"
#include "base/file.hpp"

namespace luot::playback {
namespace {

base::Time at(std::int64_t second) {
  return base::Time(std::chrono::seconds(second));
}

// tests/data/token-vectors.json is shared by every edge that verifies.
TEST(MediaTokens, AgreeWithTheSharedVectors) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../../tests/data";
  const auto data = boost::json::parse(base::read_file(folder / "token-vectors.json"));
  const auto key = base::hex_decode(std::string(data.at("key_hex").as_string()));
  const MediaSigner signer{base::SigningKeys(*key), ""};
  int checked = 0;
  for (const auto& vector : data.at("vectors").as_array()) {
    const std::string url(vector.at("path").as_string());
    const auto slash = url.find('/', 1);
    const bool valid = signer.verify(url.substr(1, slash - 1), url.substr(slash + 1), at(vector.at("now").as_int64()));
    EXPECT_EQ(valid, vector.at("expected").as_int64() == 200) << vector.at("name");
    ++checked;
  }
  EXPECT_GE(checked, 12);
  EXPECT_EQ(signer.token("videos/AbCdEf12345/r9/", 2'000'000'000), "dzWUANlZXoOtuaQGDYC3aF8fLrxtz0e_R7Eh3QC4Fi1XjDeQ");
}

TEST(MediaTokens, ViewersOfAWindowShareAUrlThatOutlivesTheWindow) {
  const MediaSigner signer{base::SigningKeys("key"), "https://edge.example"};
  const std::int64_t start = 10800 * 100'000;
  const auto first = signer.signed_base("videos/a/b/", at(start));
  EXPECT_EQ(first, signer.signed_base("videos/a/b/", at(start + 10799)));
  EXPECT_NE(first, signer.signed_base("videos/a/b/", at(start + 10800)));
  const auto token = first.substr(std::string("https://edge.example/").size(), 48);
  EXPECT_TRUE(signer.verify(token, "videos/a/b/master.m3u8", at(start + 2 * 10800 - 1)));
  EXPECT_FALSE(signer.verify(token, "videos/a/b/master.m3u8", at(start + 2 * 10800)));
}

TEST(MediaTokens, CoverTheirPrefixOnly) {
  const MediaSigner signer{base::SigningKeys("key"), ""};
  const auto token = signer.token("videos/a/b/", 2'000'000'000);
  EXPECT_TRUE(signer.verify(token, "videos/a/b/x.mp4", at(1)));
  for (const auto* path : {"videos/a/b/", "videos/a/b", "videos/a/b/c/x.mp4", "videos/a/c/x.mp4", "videos/a/b/.hidden",
                           "videos/a/b/x%2emp4", "videos/a/b/x mp4", "/videos/a/b/x.mp4", "originals/a/b/x", ""}) {
    EXPECT_FALSE(signer.verify(token, path, at(1))) << path;
  }
}

TEST(PlayTokens, TellWhenTheyWereIssuedForOneVideoOnly) {
  const PlayTokens tokens{base::SigningKeys("key")};
  const base::VideoId video{77};
  const auto token = tokens.issue(video, at(1000));
  EXPECT_EQ(tokens.issued_at(token, video), at(1000));
  EXPECT_FALSE(tokens.issued_at(token, base::VideoId{78}));
  EXPECT_FALSE(PlayTokens(base::SigningKeys("other")).issued_at(token, video));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.issued_at(forged, video)) << i;
  }
}

}  // namespace
}  // namespace luot::playback
