#include "adapters/ffmpeg/probe.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <climits>
#include <cmath>
#include <sstream>

namespace luot::ffmpeg {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;
using ports::AudioTrack;
using ports::MediaInfo;
using ports::Transfer;
using ports::VideoTrack;

constexpr int kLargestSide = 8192;
constexpr int kMostHeldBack = 16;        // ITU-T H.264, A.3.1: of reference pictures
constexpr double kLargestNumber = 1e15;  // of what is kept as an integer: beyond it nothing is meant

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t integer_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

// A count, an index or a side.
int count_of(const json::object& object, std::string_view name) {
  return static_cast<int>(std::clamp<std::int64_t>(integer_of(object, name), 0, INT_MAX));
}

// ffprobe writes most numbers as strings; absent or "N/A" is nothing.
std::optional<double> number_of(const json::object& object, std::string_view name) {
  const auto text = text_of(object, name);
  double number = 0;
  const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || stopped != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

// "30000/1001" or "241:226"; 0 where it is not a positive ratio.
double ratio_of(const std::string& text) {
  double numerator = 0;
  double denominator = 0;
  char sign = 0;
  std::istringstream stream(text);
  stream >> numerator >> sign >> denominator;
  const double ratio = stream && numerator > 0 && denominator > 0 ? numerator / denominator : 0;
  return std::isfinite(ratio) ? ratio : 0;
}

bool has_disposition(const json::object& stream, std::string_view name) {
  const auto* disposition = stream.if_contains("disposition");
  return disposition != nullptr && disposition->is_object() && integer_of(disposition->get_object(), name) != 0;
}

// Cover art is a still picture in a video's place.
bool is_picture(const json::object& stream) {
  return has_disposition(stream, "attached_pic") || has_disposition(stream, "timed_thumbnails");
}

struct Turn {
  bool turned = false;
  bool quarter = false;  // width and height change places
};

Turn turn_of(const json::object& stream) {
  Turn turn;
  const auto* list = stream.if_contains("side_data_list");
  if (list == nullptr || !list->is_array()) return turn;
  for (const auto& item : list->get_array()) {
    if (!item.is_object() || text_of(item.get_object(), "side_data_type") != "Display Matrix") continue;
    std::istringstream matrix(text_of(item.get_object(), "displaymatrix"));
    std::string label;
    double a = 65536, b = 0, u = 0, c = 0, d = 65536;  // "00000000: a b u\n00000001: c d v\n..."
    matrix >> label >> a >> b >> u >> label >> c >> d;
    turn.turned = a != 65536 || b != 0 || c != 0 || d != 65536;
    turn.quarter = std::abs(b) > std::abs(a);
  }
  return turn;
}

// As ffmpeg names them: yuva420p, rgba, bgra, gbrap, ya8; a palette may hold it.
bool has_alpha(const std::string& pixel_format) {
  return pixel_format.starts_with("yuva") || pixel_format.starts_with("gbrap") || pixel_format.starts_with("ya") ||
         pixel_format == "pal8" || pixel_format.starts_with("rgba") || pixel_format.starts_with("bgra") ||
         pixel_format.starts_with("argb") || pixel_format.starts_with("abgr");
}

Transfer transfer_of(const json::object& stream) {
  const auto name = text_of(stream, "color_transfer");
  if (name == "smpte2084") return Transfer::kPq;
  return name == "arib-std-b67" ? Transfer::kHlg : Transfer::kSdr;
}

VideoTrack read_video(const json::object& stream) {
  VideoTrack track;
  track.index = count_of(stream, "index");
  track.codec = text_of(stream, "codec_name");
  track.profile = text_of(stream, "profile");
  track.pixel_format = text_of(stream, "pix_fmt");
  track.frame_rate = ratio_of(text_of(stream, "avg_frame_rate"));
  // The container's own rate and the measured one agree where frames come evenly; phones are off by little.
  const double nominal = ratio_of(text_of(stream, "r_frame_rate"));
  track.variable_rate = std::abs(nominal - track.frame_rate) > 0.01 * track.frame_rate;
  track.held_back = std::min(count_of(stream, "has_b_frames"), kMostHeldBack);
  track.start = number_of(stream, "start_time").value_or(0);
  track.bit_rate =
      static_cast<std::int64_t>(std::clamp(number_of(stream, "bit_rate").value_or(0), 0.0, kLargestNumber));
  track.transfer = transfer_of(stream);
  track.alpha = has_alpha(track.pixel_format);
  const auto order = text_of(stream, "field_order");
  track.interlaced = order == "tt" || order == "bb" || order == "tb" || order == "bt";
  const double aspect = ratio_of(text_of(stream, "sample_aspect_ratio"));
  track.square_pixels = aspect == 0 || aspect == 1;
  const auto turn = turn_of(stream);
  track.turned = turn.turned;
  track.height = count_of(stream, "height");
  const double width = count_of(stream, "width") * (track.square_pixels ? 1.0 : aspect);
  track.width = static_cast<int>(std::lround(std::min<double>(width, INT_MAX)));
  if (turn.quarter) std::swap(track.width, track.height);
  return track;
}

AudioTrack read_audio(const json::object& stream) {
  AudioTrack track;
  track.index = count_of(stream, "index");
  track.codec = text_of(stream, "codec_name");
  track.profile = text_of(stream, "profile");
  track.channels = count_of(stream, "channels");
  track.start = number_of(stream, "start_time").value_or(0);
  track.sample_rate = static_cast<int>(std::clamp(number_of(stream, "sample_rate").value_or(0), 0.0, 1e6));
  return track;
}

bool is_decodable(const json::object& stream) {
  const auto codec = text_of(stream, "codec_name");
  return !codec.empty() && codec != "unknown";
}

struct Chosen {
  const json::object* video = nullptr;
  const json::object* audio = nullptr;
};

// The first of each kind that can be decoded and, where that is known, has anything in it.
Chosen choose(const json::array& streams, const Packets& packets) {
  Chosen chosen;
  for (const auto& item : streams) {
    if (!item.is_object() || !is_decodable(item.get_object())) continue;
    const auto& stream = item.get_object();
    if (!packets.empty() && !packets.has(count_of(stream, "index"))) continue;
    const auto type = text_of(stream, "codec_type");
    if (type == "video" && chosen.video == nullptr && !is_picture(stream)) chosen.video = &stream;
    if (type == "audio" && chosen.audio == nullptr && count_of(stream, "channels") > 0) chosen.audio = &stream;
  }
  return chosen;
}

// Packets tell better than headers, which are missing in recordings of browsers.
void add_packets(const Packets& packets, MediaInfo& info) {
  const int video = info.video.index;
  info.video.timing = packets.timing(video);
  if (const auto rate = packets.bit_rate(video); rate > 0) info.video.bit_rate = rate;
  const auto end = packets.end(video);
  if (!info.duration && end && *end > info.start) info.duration = *end - info.start;
  if (!info.audio) return;
  info.audio->gapless = packets.gapless(info.audio->index);
  info.audio->bit_rate = packets.bit_rate(info.audio->index);
}

}  // namespace

Error not_a_video() {
  return {ErrorKind::kInvalid,
          "not_a_video",
          "This file is not a video that we can read. It may be damaged, incomplete, or of another kind.",
          {}};
}

Result<MediaInfo> read_probe(std::string_view text, const Packets& packets) {
  boost::system::error_code failure;
  const auto root = json::parse(text, failure);
  if (failure || !root.is_object()) return not_a_video();
  const auto* streams = root.get_object().if_contains("streams");
  const auto* format = root.get_object().if_contains("format");
  if (streams == nullptr || !streams->is_array() || format == nullptr || !format->is_object()) return not_a_video();
  const auto chosen = choose(streams->get_array(), packets);
  MediaInfo info;
  if (chosen.audio != nullptr) info.audio = read_audio(*chosen.audio);
  if (chosen.video == nullptr) {
    if (!info.audio) return not_a_video();
    return Error{ErrorKind::kInvalid, "no_video_track", "This file has sound but no moving picture.", {}};
  }
  info.video = read_video(*chosen.video);
  if (info.video.width < 1 || info.video.height < 1) return not_a_video();
  if (info.video.width > kLargestSide || info.video.height > kLargestSide) {
    return Error{ErrorKind::kInvalid,
                 "picture_too_large",
                 "The picture is larger than " + std::to_string(kLargestSide) + " pixels on a side.",
                 {}};
  }
  // An AVI's rate is fixed by its format, but recorders drop frames and leave gaps.
  info.container = text_of(format->get_object(), "format_name");
  if (info.container == "avi") info.video.variable_rate = true;
  info.duration = number_of(format->get_object(), "duration");
  if (info.duration && *info.duration < 0) info.duration.reset();
  info.start = number_of(format->get_object(), "start_time").value_or(0);
  add_packets(packets, info);
  return info;
}

}  // namespace luot::ffmpeg
