// What transcoding needs from a media tool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/result.hpp"

namespace luot::ports {

enum class Transfer { kSdr, kPq, kHlg };

// Key frames are forced to the first picture at or after each multiple of this, in seconds.
inline constexpr double kKeyGrid = 2;

// What a track's packets say, which its header may not.
struct VideoTiming {
  double longest_key_interval = 0;  // seconds
  bool keys_on_grid = false;        // there is a key frame at each multiple of kKeyGrid, where encode() would put it
  bool trimmed = false;             // the file tells players to decode pictures that they do not show
};

struct VideoTrack {
  int index = 0;  // of the stream in the file
  std::string codec;
  std::string profile;
  std::string pixel_format;
  int width = 0;  // as a viewer sees it: rotated, with square pixels
  int height = 0;
  double frame_rate = 0;       // average, frames a second; 0 where unknown
  bool variable_rate = false;  // frames come at uneven times
  int held_back = 0;           // pictures that a decoder has to have before it can show the first
  double start = 0;            // seconds: its first time stamp
  std::int64_t bit_rate = 0;   // bits a second; 0 where unknown
  bool turned = false;         // by a rotation or mirroring that players may not apply
  bool square_pixels = true;
  bool interlaced = false;
  Transfer transfer = Transfer::kSdr;
  bool alpha = false;                 // parts of the picture may be transparent
  std::optional<VideoTiming> timing;  // absent where the packets could not be read
};

struct AudioTrack {
  int index = 0;
  std::string codec;
  std::string profile;
  int channels = 0;
  double start = 0;           // seconds: its first time stamp
  int sample_rate = 0;        // a second
  std::int64_t bit_rate = 0;  // bits a second; 0 where unknown
  bool gapless = false;       // packet follows packet, as far as its packets could be read
};

struct MediaInfo {
  std::string container;           // ffmpeg's name of the demuxer, such as "mov,mp4,m4a,3gp,3g2,mj2"
  std::optional<double> duration;  // seconds, where the container or the packets tell
  double start = 0;                // seconds: the first time stamp
  VideoTrack video;
  std::optional<AudioTrack> audio;
};

struct Rung {
  std::string quality;  // "480p"
  int width = 0;
  int height = 0;
  std::int64_t max_bitrate = 0;  // bits a second, of the picture
  double max_frame_rate = 60;    // frames a second
  bool operator==(const Rung&) const = default;
};

struct Rendition {
  Rung rung;
  std::filesystem::path file;  // a fragmented MP4
};

// `seconds` of the source that are done.
using Progress = std::function<void(double seconds)>;

// Errors are of kind kInvalid, with a code and a sentence fit for the person who uploaded the file. A missing or
// broken tool throws. Each call runs children of bounded time, memory and output; a requested stop kills them and
// throws Stopped.
class MediaTool {
 public:
  virtual ~MediaTool() = default;

  virtual base::Task<base::Result<MediaInfo>> probe(std::filesystem::path source, std::stop_token stop) = 0;

  // The source's own streams in a fragmented MP4.
  virtual base::Task<base::Result<bool>> remux(std::filesystem::path source, MediaInfo info, std::filesystem::path to,
                                               std::stop_token stop) = 0;

  // Every rendition, all in one folder, from one decode; the sound is encoded once, or copied where `sound` says so.
  // `longest` cuts a source off whose header does not tell its duration (seconds).
  enum class Sound { kEncode, kCopy };
  virtual base::Task<base::Result<bool>> encode(std::filesystem::path source, MediaInfo info,
                                                std::vector<Rendition> renditions, Sound sound, double longest,
                                                Progress progress, std::stop_token stop) = 0;

  // A JPEG of the sharpest frame of the first seconds.
  virtual base::Task<base::Result<bool>> poster(std::filesystem::path source, std::filesystem::path to,
                                                std::stop_token stop) = 0;
  // A JPEG of `columns` x `rows` tiles, one picture each `interval` seconds, each `width` x `height`.
  struct Sprites {
    int columns = 0, rows = 0, width = 0, height = 0;
    double interval = 0;
  };
  virtual base::Task<base::Result<bool>> sprites(std::filesystem::path source, std::filesystem::path to, Sprites layout,
                                                 std::stop_token stop) = 0;
};

class Stopped : public std::runtime_error {
 public:
  Stopped() : std::runtime_error("stopped") {}
};

}  // namespace luot::ports
