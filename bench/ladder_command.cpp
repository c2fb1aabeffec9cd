// ladder_command SOURCE FOLDER PROBE PACKETS: the arguments, a line each, of the ffmpeg that makes SOURCE's whole ladder
// in FOLDER. PROBE and PACKETS are files with what ffprobe said of SOURCE.
#include <fstream>
#include <iostream>
#include <sstream>

#include "adapters/ffmpeg/encode_arguments.hpp"
#include "adapters/ffmpeg/probe.hpp"
#include "features/transcoding/ladder.hpp"
#include "features/transcoding/source_fit.hpp"

using namespace luot;

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const std::filesystem::path folder = arguments[2];
  std::stringstream probe;
  probe << std::ifstream(arguments[3]).rdbuf();
  ffmpeg::Packets packets;
  std::ifstream lines(arguments[4]);
  for (std::string line; std::getline(lines, line);)
    packets.take(line);
  const auto info = ffmpeg::read_probe(probe.str(), packets);
  if (!info) {
    std::cerr << info.error().code << '\n';
    return 1;
  }
  std::vector<ports::Rendition> renditions;
  for (const auto& rung : transcoding::ladder_for(info->video.width, info->video.height))
    renditions.push_back({rung, folder / (rung.quality + ".mp4")});
  using Sound = ports::MediaTool::Sound;
  const auto sound = transcoding::can_copy_sound(*info) ? Sound::kCopy : Sound::kEncode;
  constexpr double kLongest = 601;
  for (const auto& argument : ffmpeg::encode_arguments(arguments[1], *info, renditions, {sound, kLongest, 2}))
    std::cout << argument << '\n';
}
