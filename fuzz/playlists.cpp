// Our playlists over files of any structure: header size, ticks a second, then a line "bytes ticks gap" a fragment.
#include <algorithm>

#include "fuzz/playlist_rules.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

constexpr std::int64_t kMostBytes = 1LL << 40;
constexpr std::int64_t kMostTicks = 1LL << 32;

// The next decimal of a line, from 0 to `most`.
std::uint64_t take_number(std::string_view& line, std::int64_t most) {
  const auto end = std::min(line.find(' '), line.size());
  const auto number = Lines(line.substr(0, end)).number();
  line.remove_prefix(std::min(end + 1, line.size()));
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(number, 0, most));
}

transcoding::FragmentedFile read(std::string_view input) {
  Lines lines(input);
  transcoding::FragmentedFile file;
  file.header_size = static_cast<std::uint64_t>(std::clamp<std::int64_t>(lines.number(), 1, kMostBytes));
  const auto timescale = static_cast<double>(std::clamp<std::int64_t>(lines.number(), 1, kMostTicks));
  std::uint64_t end = file.header_size;
  while (!lines.rest().empty()) {
    auto line = lines.next();
    const auto size = take_number(line, kMostBytes) + 8;
    const auto duration = static_cast<double>(take_number(line, kMostTicks)) / timescale;
    end += take_number(line, kMostBytes);
    file.fragments.push_back({end, size, file.duration, duration});
    file.duration += duration;
    end += size;
  }
  file.codecs = "avc1.64001f,mp4a.40.2";
  file.width = 480;
  file.height = 854;
  file.frame_rate = file.duration > 0 ? static_cast<double>(file.fragments.size()) / file.duration : 0;
  return file;
}

}  // namespace

void check(std::string_view input) {
  const auto file = read(input);
  if (file.fragments.empty()) return;
  check_structure(file, file.fragments.back().offset + file.fragments.back().size);
  check_playlists(file);
}

}  // namespace luot::fuzz
