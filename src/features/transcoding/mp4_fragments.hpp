// Reads a fragmented MP4's structure (ISO/IEC 14496-12): where each fragment lies, when it plays, and the codec
// strings of RFC 6381. Bounded and checked: a file that does not hold together gives nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace luot::transcoding {

struct Fragment {
  std::uint64_t offset = 0;  // of its moof, from the start of the file
  std::uint64_t size = 0;    // bytes up to the next fragment
  double start = 0;          // seconds, when its first picture is shown
  double duration = 0;       // seconds of picture
};

struct FragmentedFile {
  std::uint64_t header_size = 0;  // bytes before the first fragment: ftyp and moov
  std::vector<Fragment> fragments;
  std::string codecs;  // "avc1.64001f,mp4a.40.2"
  int width = 0;
  int height = 0;
  double duration = 0;    // seconds, of the longer of picture and sound
  double frame_rate = 0;  // average, frames a second
};

// Nothing where the file is not a fragmented MP4 with H.264 pictures. Blocks. Throws where it cannot be read.
std::optional<FragmentedFile> read_fragments(const std::filesystem::path& file);

}  // namespace luot::transcoding
