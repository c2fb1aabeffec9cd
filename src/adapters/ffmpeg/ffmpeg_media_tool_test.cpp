#include "adapters/ffmpeg/ffmpeg_media_tool.hpp"

#include <gmock/gmock.h>

#include "adapters/ffmpeg/encode_arguments.hpp"
#include "adapters/ffmpeg/probe.hpp"

namespace luot::ffmpeg {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Probe, AppliesRotationAndPixelShape) {
  const auto info = read_probe(R"({"streams": [
    {"index": 0, "codec_type": "audio", "codec_name": "aac", "profile": "LC", "channels": 1},
    {"index": 1, "codec_type": "video", "codec_name": "hevc", "width": 1920, "height": 1080,
     "sample_aspect_ratio": "4:3", "avg_frame_rate": "30000/1001", "color_transfer": "arib-std-b67",
     "side_data_list": [{"side_data_type": "Display Matrix", "displaymatrix":
       "\n00000000:            0       65536           0\n00000001:      -65536           0           0\n"}]}],
    "format": {"duration": "12.5", "start_time": "0.021"}})");
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->video.width, 1080);
  EXPECT_EQ(info->video.height, 2560);
  EXPECT_TRUE(info->video.turned);
  EXPECT_EQ(info->video.transfer, ports::Transfer::kHlg);
  EXPECT_NEAR(info->video.frame_rate, 29.97, 0.01);
  EXPECT_EQ(info->audio->index, 0);
  EXPECT_DOUBLE_EQ(*info->duration, 12.5);
}

TEST(Probe, CoverArtIsNoVideo) {
  const auto info = read_probe(R"({"streams": [
    {"index": 0, "codec_type": "audio", "codec_name": "aac", "channels": 2},
    {"index": 1, "codec_type": "video", "codec_name": "mjpeg", "width": 100, "height": 100,
     "disposition": {"attached_pic": 1}}], "format": {}})");
  EXPECT_EQ(info.error().code, "no_video_track");
}

TEST(Probe, RefusesNonsense) {
  for (const auto* text : {"", "{}", "[]", R"({"streams": [], "format": {}})", R"({"streams": 1, "format": {}})"}) {
    EXPECT_EQ(read_probe(text).error().code, "not_a_video") << text;
  }
  const auto huge = read_probe(R"({"streams": [{"index": 0, "codec_type": "video", "codec_name": "gif",
    "width": 32768, "height": 16385}], "format": {}})");
  EXPECT_EQ(huge.error().code, "picture_too_large");
}

TEST(Probe, NumbersThatNoVideoHasAreNone) {
  const auto info = read_probe(R"({"streams": [{"index": -1, "codec_type": "video", "codec_name": "h264", "width": 640,
    "height": 480, "avg_frame_rate": "1e300/1e-300", "bit_rate": "1e300"}], "format": {"duration": "-5"}})");
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->video.index, 0);
  EXPECT_EQ(info->video.frame_rate, 0);
  EXPECT_EQ(info->video.bit_rate, 1'000'000'000'000'000);
  EXPECT_FALSE(info->duration.has_value());
}

TEST(Probe, SidesDoNotWrapAround) {
  for (const auto* sides : {R"("width": 4294967936, "height": 480)", R"("width": 640, "height": 4294967776)",
                            R"("width": 640, "height": 480, "sample_aspect_ratio": "1000000000:1")"}) {
    const auto info = read_probe(R"({"streams": [{"index": 0, "codec_type": "video", "codec_name": "h264", )" +
                                 std::string(sides) + R"(}], "format": {}})");
    ASSERT_TRUE(info.has_error()) << sides;
    EXPECT_EQ(info.error().code, "picture_too_large") << sides;
  }
}

TEST(Probe, ChoosesTheFirstTrackThatHasPackets) {
  constexpr std::string_view kTwoOfEach = R"({"streams": [
    {"index": 0, "codec_type": "video", "codec_name": "h264", "width": 640, "height": 480},
    {"index": 1, "codec_type": "audio", "codec_name": "aac", "channels": 1},
    {"index": 2, "codec_type": "video", "codec_name": "h264", "width": 320, "height": 240},
    {"index": 3, "codec_type": "audio", "codec_name": "aac", "channels": 2}], "format": {}})";
  Packets packets;
  packets.take("2,0.000000,0.500000,1000,K_");
  packets.take("3,0.000000,0.500000,1000,K_");
  packets.take("3,0.500000,0.500000,1000,K_");
  const auto info = read_probe(kTwoOfEach, packets);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->video.index, 2);
  EXPECT_EQ(info->audio->index, 3);
  EXPECT_DOUBLE_EQ(*info->duration, 0.5) << "the header does not tell, the packets do";
  EXPECT_EQ(info->video.bit_rate, 16'000);
  EXPECT_TRUE(info->audio->gapless);
  const auto without = read_probe(kTwoOfEach);
  EXPECT_EQ(without->video.index, 0);
  EXPECT_FALSE(without->video.timing.has_value());
}

TEST(EncodeArguments, OneDecodeFeedsCascadedRungs) {
  ports::MediaInfo info;
  info.video.index = 2;
  info.video.frame_rate = 30;
  info.audio = ports::AudioTrack{};
  info.audio->index = 1;
  const std::vector<ports::Rendition> renditions{{{"720p", 720, 1280, 3'000'000}, "/s/720p.mp4"},
                                                 {{"480p", 480, 854, 1'500'000}, "/s/480p.mp4"},
                                                 {{"240p", 240, 426, 500'000, 30}, "/s/240p.mp4"}};
  const auto arguments = encode_arguments("/s/source", info, renditions, {.longest = 60});
  const auto graph = *(std::ranges::find(arguments, "-filter_complex") + 1);
  EXPECT_EQ(graph,
            "[0:2]setpts='if(eq(N\\,0)\\,0\\,PTS)',scale=720:1280:flags=bicubic,setsar=1,format=yuv420p,split=2[rung0]["
            "below1];"
            "[below1]scale=480:854:flags=bicubic,setsar=1,split=2[rung1][below2];"
            "[below2]scale=240:426:flags=bicubic,setsar=1[rung2]");
  EXPECT_EQ(std::ranges::count(arguments, "-i"), 1);
  EXPECT_EQ(std::ranges::count(arguments, "aac"), 1) << "sound is encoded once";
  EXPECT_THAT(arguments.back(), HasSubstr("[select=\\'v:2,a\\':f=mp4:"));
  EXPECT_THAT(arguments.back(), EndsWith("]file:240p.mp4"));
}

TEST(EncodeArguments, HdrIsToneMappedAndFastSourcesAreThinned) {
  ports::MediaInfo info;
  info.video.frame_rate = 120;
  info.video.transfer = ports::Transfer::kPq;
  const auto arguments = encode_arguments("/s/source", info, {{{"240p", 240, 426, 500'000, 30}, "/s/a.mp4"}}, {});
  const auto graph = *(std::ranges::find(arguments, "-filter_complex") + 1);
  EXPECT_THAT(graph, HasSubstr("tin=smpte2084"));
  EXPECT_THAT(graph, HasSubstr("tonemap="));
  EXPECT_THAT(graph, HasSubstr("gte(t-prev_selected_t,1/31)"));
}

TEST(EncodeArguments, SmallRungsOfFastSourcesAreThinned) {
  ports::MediaInfo info;
  info.video.frame_rate = 60;
  const std::vector<ports::Rendition> renditions{{{"480p", 480, 854, 1'500'000}, "/s/480p.mp4"},
                                                 {{"240p", 240, 426, 500'000, 30}, "/s/240p.mp4"}};
  const auto arguments = encode_arguments("/s/source", info, renditions, {});
  const auto graph = *(std::ranges::find(arguments, "-filter_complex") + 1);
  EXPECT_THAT(graph, HasSubstr("[below1]select='isnan(prev_selected_t)+gte(t-prev_selected_t,1/31)"));
  EXPECT_EQ(graph.find("1/61"), std::string::npos);
}

TEST(EncodeArguments, SoundGoesAheadByThePicturesThatAreHeldBack) {
  ports::MediaInfo info;
  info.video.frame_rate = 50;
  info.video.held_back = 3;
  info.audio = ports::AudioTrack{};
  const std::vector<ports::Rendition> renditions{{{"480p", 480, 854, 1'500'000}, "/s/480p.mp4"},
                                                 {{"240p", 240, 426, 500'000, 30}, "/s/240p.mp4"}};
  EXPECT_THAT(encode_arguments("/s/source", info, renditions, {}).back(),
              AllOf(HasSubstr(":audio_preload=40000]file:480p.mp4"), HasSubstr(":audio_preload=80000]file:240p.mp4")));
  const auto preload_of_copy = [&info] {
    const auto arguments = remux_arguments("/s/source", info, "/s/to.mp4");
    return *(std::ranges::find(arguments, "-audio_preload") + 1);
  };
  EXPECT_EQ(preload_of_copy(), "60000");
  info.video.frame_rate = 1e-9;
  EXPECT_EQ(preload_of_copy(), "1000000");
  info.video.frame_rate = 0;
  EXPECT_EQ(preload_of_copy(), "0");
  info.video.frame_rate = 50;
  info.video.variable_rate = true;
  EXPECT_THAT(encode_arguments("/s/source", info, renditions, {}).back(), Not(HasSubstr("preload"))) << "none are held";
}

TEST(EncodeArguments, PrimedSoundDoesNotMoveThePicture) {
  ports::MediaInfo info;
  info.start = -0.021333;
  const auto arguments = remux_arguments("/s/source", info, "/s/to.mp4");
  const auto offset = std::ranges::find(arguments, "-itsoffset");
  ASSERT_NE(offset, arguments.end());
  EXPECT_EQ(*(offset + 1), "-0.021333");
}

}  // namespace
}  // namespace luot::ffmpeg
