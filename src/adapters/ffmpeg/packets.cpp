#include "adapters/ffmpeg/packets.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace luot::ffmpeg {
namespace {

constexpr std::size_t kMostTracks = 64;
constexpr std::size_t kMostPackets = 1'000'000;  // of a track: ten minutes of sound have 40,000
constexpr double kLatest = 1e6;                  // seconds
constexpr double kRounding = 1e-6;               // ffprobe writes six decimals
constexpr double kLongestPriming = 0.1;          // seconds; 2112 samples at 32 kHz are 0.066
constexpr double kGap = 0.02;                    // a packet of sound lasts as long; players need no more care below it

std::string_view next_field(std::string_view& line) {
  const auto end = std::min(line.find(','), line.size());
  const auto field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
  return number;
}

// "nan" and "inf" are numbers to from_chars.
std::optional<double> time_in(std::string_view text) {
  const auto time = number_in<double>(text);
  return time && std::abs(*time) < kLatest ? time : std::nullopt;
}

double longest_interval(const std::vector<double>& keys, double end) {
  double longest = 0;
  double last = 0;
  for (const double key : keys) {
    longest = std::max(longest, key - last);
    last = std::max(last, key);
  }
  return std::max(longest, end - last);
}

// Whether the first picture at or after each line of the grid is a key frame. Both sorted.
bool on_grid(const std::vector<double>& pictures, const std::vector<double>& keys) {
  for (double line = 0;; line += ports::kKeyGrid) {
    const auto picture = std::lower_bound(pictures.begin(), pictures.end(), line - kRounding);
    if (picture == pictures.end()) return true;
    const auto key = std::lower_bound(keys.begin(), keys.end(), *picture - kRounding);
    if (key == keys.end() || *key > *picture + kRounding) return false;
  }
}

}  // namespace

void Packets::take(std::string_view line) {
  const auto stream = number_in<int>(next_field(line));
  const auto time = time_in(next_field(line));
  const auto duration = time_in(next_field(line)).value_or(0);
  const auto size = number_in<std::uint32_t>(next_field(line));
  const auto flags = next_field(line);
  if (!stream || *stream < 0 || !size || (tracks_.size() == kMostTracks && !has(*stream))) return;
  auto& track = tracks_[*stream];
  track.bytes += *size;
  track.discarded |= flags.find('D') != std::string_view::npos;
  track.untold |= !time || duration < 0 || track.times.size() == kMostPackets;
  if (!time || duration < 0 || track.times.size() == kMostPackets) return;
  if (track.times.empty()) track.first = *time;
  track.gapless &= !track.next || std::abs(*time - *track.next) < kGap;
  track.next = duration > 0 ? std::optional(*time + duration) : std::nullopt;
  track.first = std::min(track.first, *time);
  track.end = std::max(track.end, *time + duration);
  track.times.push_back(*time);
  if (flags.find('K') != std::string_view::npos) track.keys.push_back(*time);
}

const Packets::Track* Packets::find(int stream) const {
  const auto found = tracks_.find(stream);
  return found == tracks_.end() || found->second.times.empty() ? nullptr : &found->second;
}

std::optional<double> Packets::end(int stream) const {
  const auto* track = find(stream);
  return track == nullptr ? std::nullopt : std::optional(track->end);
}

std::int64_t Packets::bit_rate(int stream) const {
  const auto* track = find(stream);
  constexpr double kShortest = 0.001;  // seconds
  if (track == nullptr || track->end - track->first < kShortest) return 0;
  return std::llround(static_cast<double>(track->bytes) * 8 / (track->end - track->first));
}

bool Packets::gapless(int stream) const {
  const auto* track = find(stream);
  // What encoders of sound are primed with is discarded, which all players do.
  return track != nullptr && track->gapless && !track->untold && track->first > -kLongestPriming;
}

std::optional<ports::VideoTiming> Packets::timing(int stream) const {
  const auto* track = find(stream);
  if (track == nullptr) return std::nullopt;
  auto pictures = track->times;
  auto keys = track->keys;
  std::ranges::sort(pictures);
  std::ranges::sort(keys);
  // Players may not skip pictures that a file says they should not show.
  const bool trimmed = track->discarded || track->untold || track->first < -kRounding;
  return ports::VideoTiming{longest_interval(keys, pictures.back()), !trimmed && on_grid(pictures, keys), trimmed};
}

}  // namespace luot::ffmpeg
