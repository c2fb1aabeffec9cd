#include "features/transcoding/playlists.hpp"

#include <gmock/gmock.h>

#include "features/transcoding/preview.hpp"

namespace luot::transcoding {
namespace {

using ::testing::HasSubstr;

FragmentedFile sample(const std::vector<double>& durations) {
  FragmentedFile file;
  file.header_size = 1000;
  file.codecs = "avc1.64001e,mp4a.40.2";
  file.width = 480;
  file.height = 854;
  file.frame_rate = 29.97;
  std::uint64_t offset = 1000;
  for (const double duration : durations) {
    const auto size = static_cast<std::uint64_t>(duration * 10'000);
    file.fragments.push_back({offset, size, file.duration, duration});
    offset += size;
    file.duration += duration;
  }
  return file;
}

TEST(Segments, BeginShortThenGrow) {
  std::vector<double> durations;
  for (const auto& segment : segments_of(sample({2, 2, 2, 2, 2, 1})))
    durations.push_back(segment.duration);
  EXPECT_THAT(durations, ::testing::ElementsAre(2, 4, 4, 1));
}

TEST(Segments, CoverTheFileWithoutGaps) {
  const auto file = sample({1.96, 2.04, 1.96, 0.5, 7, 2});
  std::uint64_t next = file.header_size;
  for (const auto& segment : segments_of(file)) {
    EXPECT_EQ(segment.offset, next);
    next += segment.size;
  }
  EXPECT_EQ(next, file.fragments.back().offset + file.fragments.back().size);
}

TEST(Bandwidth, PeakIsMeasuredOverAboutATargetDuration) {
  const std::vector<Segment> segments{{0, 1000, 2}, {1000, 8000, 4}, {9000, 1000, 4}, {10'000, 1000, 0.1}};
  const auto bandwidth = bandwidth_of(segments);
  EXPECT_EQ(bandwidth.peak, 16'000);  // the second alone; the last, of 0.1 s, is too short to count
  EXPECT_EQ(bandwidth.average, std::llround(11'000 * 8 / 10.1));
}

TEST(MediaPlaylist, IsWhatPlayersExpect) {
  EXPECT_EQ(media_playlist(sample({2, 2, 2}), "480p.mp4"),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
            "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"480p.mp4\",BYTERANGE=\"1000@0\"\n"
            "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:20000@1000\n480p.mp4\n"
            "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:40000@21000\n480p.mp4\n#EXT-X-ENDLIST\n");
}

TEST(MediaPlaylist, TargetHoldsForDurationsAsTheyAreWritten) {
  const auto text = media_playlist(sample({4.4999999}), "480p.mp4");
  EXPECT_THAT(text, HasSubstr("#EXTINF:4.500000,"));
  EXPECT_THAT(text, HasSubstr("#EXT-X-TARGETDURATION:5\n"));
}

TEST(Bandwidth, IsBoundedWhereThereIsHardlyAnyTime) {
  const auto bandwidth = bandwidth_of({{0, 1ULL << 40, 1e-10}});
  EXPECT_EQ(bandwidth.average, 1'000'000'000'000'000);
  EXPECT_EQ(bandwidth.peak, bandwidth.average);
}

TEST(MasterPlaylist, TellsMeasuredBandwidth) {
  const auto file = sample({2, 4});
  const auto text = master_playlist({{"480p.m3u8", &file}});
  EXPECT_THAT(text, HasSubstr("BANDWIDTH=80000,AVERAGE-BANDWIDTH=80000,CODECS=\"avc1.64001e,mp4a.40.2\","
                              "RESOLUTION=480x854,FRAME-RATE=29.970\n480p.m3u8\n"));
}

TEST(Preview, HasAtMostAHundredTiles) {
  const auto layout = preview_layout(600, 720, 1280);
  EXPECT_EQ(layout.columns * layout.rows, 100);
  EXPECT_DOUBLE_EQ(layout.interval, 6);
  EXPECT_EQ(layout.width, 90);
  EXPECT_EQ(layout.height, 160);
  EXPECT_EQ(preview_layout(0.4, 32, 18).rows, 1);
}

TEST(Preview, CuesCoverTheVideo) {
  const auto text = preview_cues(preview_layout(2.5, 1280, 720), 2.5, "preview.jpg");
  EXPECT_EQ(text,
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\npreview.jpg#xywh=0,0,160,90\n\n"
            "00:00:01.000 --> 00:00:02.000\npreview.jpg#xywh=160,0,160,90\n\n"
            "00:00:02.000 --> 00:00:02.500\npreview.jpg#xywh=320,0,160,90\n\n");
}

}  // namespace
}  // namespace luot::transcoding
