// What a file's packets say of its tracks: ffprobe's "stream,pts_time,duration_time,size,flags" lines, read as they
// come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "ports/media_tool.hpp"

namespace luot::ffmpeg {

class Packets {
 public:
  // Lines that make no sense are left out.
  void take(std::string_view line);

  [[nodiscard]] bool empty() const { return tracks_.empty(); }
  [[nodiscard]] bool has(int stream) const { return tracks_.contains(stream); }
  // Seconds from the stream's first to its last time; nothing where there is no time.
  [[nodiscard]] std::optional<double> end(int stream) const;
  [[nodiscard]] std::int64_t bit_rate(int stream) const;  // bits a second; 0 where unknown
  [[nodiscard]] bool gapless(int stream) const;
  [[nodiscard]] std::optional<ports::VideoTiming> timing(int stream) const;

 private:
  struct Track {
    std::uint64_t bytes = 0;
    double first = 0;  // seconds
    double end = 0;
    std::optional<double> next;  // when the packet after the last one should begin
    bool gapless = true;
    bool discarded = false;     // some are to be decoded only
    bool untold = false;        // some have no time, or there are too many
    std::vector<double> times;  // of pictures and packets, in the order of the file
    std::vector<double> keys;
  };
  [[nodiscard]] const Track* find(int stream) const;

  std::map<int, Track> tracks_;
};

}  // namespace luot::ffmpeg
