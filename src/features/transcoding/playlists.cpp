#include "features/transcoding/playlists.hpp"

#include <fmt/format.h>

#include <cmath>

namespace luot::transcoding {
namespace {

constexpr double kFirstSegment = 2;  // seconds
constexpr double kSegment = 4;
constexpr double kSlack = 0.1;  // a fragment at 24 fps may be a frame short of 2 s

constexpr double kMostBits = 1e15;  // a second

// RFC 8216 section 4.3.3.1: each EXTINF, rounded, is at most the target duration. It is written with six decimals, so
// that 4.4999999 s is read as 4.5.
long target_duration(const std::vector<Segment>& segments) {
  double longest = 1;
  for (const auto& segment : segments)
    longest = std::max(longest, segment.duration);
  return std::lround(longest + 0.5e-6);
}

std::int64_t bits_per_second(std::uint64_t bytes, double seconds) {
  return seconds > 0 ? std::llround(std::min(static_cast<double>(bytes) * 8 / seconds, kMostBits)) : 0;
}

}  // namespace

std::vector<Segment> segments_of(const FragmentedFile& file) {
  std::vector<Segment> segments;
  bool full = true;
  for (const auto& fragment : file.fragments) {
    if (full) segments.push_back({fragment.offset, 0, 0});
    auto& segment = segments.back();
    segment.size = fragment.offset + fragment.size - segment.offset;
    segment.duration += fragment.duration;
    full = segment.duration > (segments.size() == 1 ? kFirstSegment : kSegment) - kSlack;
  }
  return segments;
}

Bandwidth bandwidth_of(const std::vector<Segment>& segments) {
  Bandwidth bandwidth;
  const auto target = static_cast<double>(target_duration(segments));
  std::uint64_t all_bytes = 0;
  double all_seconds = 0;
  for (std::size_t first = 0; first < segments.size(); ++first) {
    all_bytes += segments[first].size;
    all_seconds += segments[first].duration;
    std::uint64_t bytes = 0;
    double seconds = 0;
    for (std::size_t last = first; last < segments.size(); ++last) {
      bytes += segments[last].size;
      seconds += segments[last].duration;
      if (seconds > 1.5 * target) break;
      if (seconds >= 0.5 * target) bandwidth.peak = std::max(bandwidth.peak, bits_per_second(bytes, seconds));
    }
  }
  bandwidth.average = bits_per_second(all_bytes, all_seconds);
  bandwidth.peak = std::max(bandwidth.peak, bandwidth.average);
  return bandwidth;
}

std::string media_playlist(const FragmentedFile& file, const std::string& media_name) {
  const auto segments = segments_of(file);
  std::string text = fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
      "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"{}\",BYTERANGE=\"{}@0\"\n",
      target_duration(segments), media_name, file.header_size);
  for (const auto& segment : segments) {
    text += fmt::format("#EXTINF:{:.6f},\n#EXT-X-BYTERANGE:{}@{}\n{}\n", segment.duration, segment.size, segment.offset,
                        media_name);
  }
  return text + "#EXT-X-ENDLIST\n";
}

std::string master_playlist(const std::vector<Variant>& variants) {
  std::string text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
  for (const auto& variant : variants) {
    const auto& file = *variant.file;
    const auto bandwidth = bandwidth_of(segments_of(file));
    text += fmt::format(
        "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\",RESOLUTION={}x{},FRAME-RATE={:.3f}\n{}\n",
        bandwidth.peak, bandwidth.average, file.codecs, file.width, file.height, file.frame_rate,
        variant.playlist_name);
  }
  return text;
}

}  // namespace luot::transcoding
