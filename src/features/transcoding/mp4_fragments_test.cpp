#include "features/transcoding/mp4_fragments.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "base/file.hpp"
#include "base/ids.hpp"

namespace luot::transcoding {
namespace {

namespace fs = std::filesystem;

class Mp4Fragments : public ::testing::Test {
 protected:
  Mp4Fragments() { fs::create_directory(folder_); }
  ~Mp4Fragments() override { fs::remove_all(folder_); }

  // Three seconds at 25 fps with a key frame each second.
  void make_clip(const std::string& audio) {
    const auto command = "ffmpeg -loglevel error -f lavfi -i testsrc2=size=320x180:rate=25:duration=3 " + audio +
                         " -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -keyint_min 25 -f mp4 "
                         "-movflags +frag_keyframe+delay_moov+default_base_moof " +
                         clip_.string();
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  std::optional<FragmentedFile> read_bytes(const std::string& bytes) {
    base::replace_file_durably(clip_, bytes);
    return read_fragments(clip_);
  }

  fs::path folder_ = fs::temp_directory_path() / ("luot-test-" + base::random_name());
  fs::path clip_ = folder_ / "clip.mp4";
};

TEST_F(Mp4Fragments, AreFoundWithTheirTimes) {
  make_clip("-f lavfi -i sine=duration=3 -c:a aac");
  const auto file = read_fragments(clip_);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->width, 320);
  EXPECT_EQ(file->height, 180);
  EXPECT_NEAR(file->frame_rate, 25, 0.01);
  EXPECT_NEAR(file->duration, 3, 0.06);
  EXPECT_TRUE(file->codecs.starts_with("avc1.") && file->codecs.ends_with(",mp4a.40.2")) << file->codecs;
  ASSERT_EQ(file->fragments.size(), 3U);
  std::uint64_t next = file->header_size;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(file->fragments[i].offset, next);
    EXPECT_NEAR(file->fragments[i].start, static_cast<double>(i), 0.001);
    EXPECT_NEAR(file->fragments[i].duration, 1, 0.001);
    next += file->fragments[i].size;
  }
}

TEST_F(Mp4Fragments, NeedNoSound) {
  make_clip("");
  const auto file = read_fragments(clip_);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->codecs.find(','), std::string::npos);
}

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string box(const std::string& type, const std::string& content) {
  return number(static_cast<std::uint32_t>(content.size() + 8)) + type + content;
}

TEST_F(Mp4Fragments, AreInDoubtWhereTheirOrderIs) {
  make_clip("");
  const auto whole = base::read_file(clip_);
  const auto file = *read_fragments(clip_);
  const auto header = whole.substr(0, file.header_size);
  const auto& [first, second] = std::tie(file.fragments[0], file.fragments[1]);
  EXPECT_FALSE(read_bytes(whole + header)) << "a second moov";
  EXPECT_FALSE(read_bytes(header + whole.substr(second.offset, second.size) + whole.substr(first.offset, first.size)));
}

TEST_F(Mp4Fragments, HoldWhatLiesBetweenTheirBoxes) {
  make_clip("");
  auto whole = base::read_file(clip_);
  const auto before = *read_fragments(clip_);
  const auto data = whole.find("mdat", before.fragments[0].offset) - 4;
  const auto after = read_bytes(whole.insert(data, box("free", std::string(20, '\0'))));
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->fragments[0].size, before.fragments[0].size + 28);
  EXPECT_EQ(after->fragments[1].offset, after->fragments[0].offset + after->fragments[0].size);
}

TEST_F(Mp4Fragments, AreReadInBoundedTimeAndDepth) {
  make_clip("");
  const auto header = base::read_file(clip_).substr(0, read_fragments(clip_)->header_size);
  std::string runs = box("tfhd", number(8) + number(1) + number(1));
  for (int i = 0; i < 100'000; ++i)
    runs += box("trun", number(0) + number(1'000'000));
  const auto endless = read_bytes(header + box("moof", box("traf", runs)));
  ASSERT_TRUE(endless.has_value());
  EXPECT_GT(endless->duration, 1'000'000);

  std::string nested;
  for (std::uint32_t depth = 500'000; depth > 0; --depth)
    nested += number(depth * 8) + "minf";
  EXPECT_FALSE(read_bytes(box("moov", box("trak", box("mdia", nested)))));
}

TEST_F(Mp4Fragments, DamagedFilesGiveNothingOrSense) {
  make_clip("");
  const auto whole = base::read_file(clip_);
  std::mt19937 random(7);  // NOLINT: the same cases each run
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    auto damaged = whole.substr(0, i % 2 == 0 ? whole.size() : random() % whole.size());
    for (int flips = 0; flips < 8 && !damaged.empty(); ++flips) {
      damaged[random() % std::min<std::size_t>(damaged.size(), 2000)] = static_cast<char>(random());
    }
    base::replace_file_durably(clip_, damaged);
    const auto file = read_fragments(clip_);
    if (!file) {
      ++refused;
      continue;
    }
    for (const auto& fragment : file->fragments)
      EXPECT_LE(fragment.offset + fragment.size, damaged.size());
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace luot::transcoding
