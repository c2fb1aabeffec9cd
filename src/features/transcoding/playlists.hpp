// HLS playlists (RFC 8216) over fragmented MP4 files, by byte range. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "features/transcoding/mp4_fragments.hpp"

namespace luot::transcoding {

struct Segment {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // bytes
  double duration = 0;     // seconds
};

// Whole fragments: about 2 s first, so that playing starts soon, then about 4 s each.
std::vector<Segment> segments_of(const FragmentedFile& file);

struct Bandwidth {
  std::int64_t peak = 0;     // bits a second; RFC 8216 section 4.1, peak segment bit rate
  std::int64_t average = 0;  // bits a second, over the whole file
};
Bandwidth bandwidth_of(const std::vector<Segment>& segments);

// `media_name`: the file beside the playlist, such as "480p.mp4".
std::string media_playlist(const FragmentedFile& file, const std::string& media_name);

struct Variant {
  std::string playlist_name;  // "480p.m3u8"
  const FragmentedFile* file = nullptr;
};
// In the order given.
std::string master_playlist(const std::vector<Variant>& variants);

}  // namespace luot::transcoding
