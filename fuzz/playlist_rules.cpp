#include "fuzz/playlist_rules.hpp"

#include <cmath>
#include <optional>

#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

using transcoding::FragmentedFile;
using transcoding::Segment;

// What follows `key` at the beginning of `text`.
std::optional<std::string> after(std::string_view text, std::string_view key) {
  if (!text.starts_with(key)) return std::nullopt;
  return std::string(text.substr(key.size()));
}

std::string expected(Lines& lines, std::string_view key) {
  const auto value = after(lines.next(), key);
  require(value.has_value(), "a playlist has its lines in their order");
  return *value;
}

void check_segments(const FragmentedFile& file, const std::vector<Segment>& segments) {
  require(segments.front().offset == file.fragments.front().offset, "the first segment begins with the first fragment");
  std::uint64_t end = segments.front().offset;
  for (const auto& segment : segments) {
    require(segment.offset >= end && segment.size > 0, "segments follow each other");
    require(std::isfinite(segment.duration) && segment.duration >= 0, "a segment lasts some time");
    end = segment.offset + segment.size;
  }
  require(end == file.fragments.back().offset + file.fragments.back().size, "segments cover the file");
}

void check_media_playlist(const FragmentedFile& file, const std::vector<Segment>& segments) {
  const auto text = transcoding::media_playlist(file, "480p.mp4");
  Lines lines(text);
  expected(lines, "#EXTM3U");
  expected(lines, "#EXT-X-VERSION:7");
  const auto target = std::stoll(expected(lines, "#EXT-X-TARGETDURATION:"));
  expected(lines, "#EXT-X-MEDIA-SEQUENCE:0");
  expected(lines, "#EXT-X-PLAYLIST-TYPE:VOD");
  expected(lines, "#EXT-X-INDEPENDENT-SEGMENTS");
  const auto header = std::to_string(file.header_size) + "@0\"";
  require(expected(lines, "#EXT-X-MAP:URI=\"480p.mp4\",BYTERANGE=\"") == header, "the map is the file's header");
  for (const auto& segment : segments) {
    const auto duration = std::stod(expected(lines, "#EXTINF:"));
    require(duration >= 0 && std::round(duration) <= static_cast<double>(target), "no segment outlasts the target");
    const auto range = std::to_string(segment.size) + "@" + std::to_string(segment.offset);
    require(expected(lines, "#EXT-X-BYTERANGE:") == range, "a segment's bytes are its own");
    require(lines.next() == "480p.mp4", "a segment lies in the file beside the playlist");
  }
  require(lines.next() == "#EXT-X-ENDLIST" && lines.rest().empty(), "a playlist ends");
}

void check_bandwidth(const std::vector<Segment>& segments) {
  const auto bandwidth = transcoding::bandwidth_of(segments);
  require(bandwidth.average >= 0 && bandwidth.peak >= bandwidth.average, "the peak is no less than the average");
  double longest = 1;
  for (const auto& segment : segments)
    longest = std::max(longest, segment.duration);
  for (const auto& segment : segments) {
    const double rate = static_cast<double>(segment.size) * 8 / segment.duration;
    if (segment.duration < 0.6 * longest + 0.5) continue;  // too short to count by any rounding of the target
    require(static_cast<double>(bandwidth.peak) >= rate - 1, "no segment that counts needs more than the peak");
  }
}

}  // namespace

void check_structure(const FragmentedFile& file, std::uint64_t size) {
  require(file.header_size > 0 && !file.fragments.empty() && file.header_size <= file.fragments.front().offset,
          "the header comes before the fragments");
  std::uint64_t end = file.header_size;
  double start = file.fragments.front().start;
  for (const auto& fragment : file.fragments) {
    require(fragment.offset >= end && fragment.size > 0, "fragments follow each other");
    require(fragment.size <= size && fragment.offset <= size - fragment.size, "fragments lie in the file");
    require(std::isfinite(fragment.start) && fragment.start >= start, "fragments play in their order");
    require(std::isfinite(fragment.duration) && fragment.duration >= 0, "a fragment lasts some time");
    end = fragment.offset + fragment.size;
    start = fragment.start;
  }
  require(file.codecs.starts_with("avc1.") && file.codecs.find("avc1", 1) == std::string::npos, "there is one picture");
  require(file.width > 0 && file.height > 0, "the picture has a size");
  require(std::isfinite(file.duration) && file.duration >= 0, "a file lasts some time");
  require(std::isfinite(file.frame_rate) && file.frame_rate >= 0, "pictures come at some rate");
}

void check_playlists(const FragmentedFile& file) {
  const auto segments = transcoding::segments_of(file);
  check_segments(file, segments);
  check_media_playlist(file, segments);
  check_bandwidth(segments);
  const auto master = transcoding::master_playlist({{"480p.m3u8", &file}});
  Lines lines(master);
  expected(lines, "#EXTM3U");
  expected(lines, "#EXT-X-VERSION:7");
  expected(lines, "#EXT-X-INDEPENDENT-SEGMENTS");
  const auto variant = expected(lines, "#EXT-X-STREAM-INF:BANDWIDTH=");
  require(variant.find("nan") == std::string::npos && variant.find("inf") == std::string::npos, "numbers are finite");
  require(lines.next() == "480p.m3u8" && lines.rest().empty(), "a variant has its playlist");
}

}  // namespace luot::fuzz
