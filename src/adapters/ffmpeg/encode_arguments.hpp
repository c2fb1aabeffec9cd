// ffmpeg's command lines, as pure functions of what is to be made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ports/media_tool.hpp"

namespace luot::ffmpeg {

using Arguments = std::vector<std::string>;

// Demuxers of real containers only. A playlist or concat list under a video's name would read other files or call out,
// and `-protocol_whitelist file` alone does not stop that.
inline constexpr const char* kFormatWhitelist = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,ogg,mpegts,mpeg,gif";

// "-protocol_whitelist ... -i file:source": for input that others made.
Arguments untrusted_input(const std::filesystem::path& source);

struct EncodeOptions {
  ports::MediaTool::Sound sound = ports::MediaTool::Sound::kEncode;
  double longest = 0;  // seconds
  int threads = 2;     // of the decoder and of each encoder
};
// One decode, cascaded scaling, one encoder a rendition, and one for the sound; to be run in the renditions' folder;
// progress lines on standard output.
Arguments encode_arguments(const std::filesystem::path& source, const ports::MediaInfo& info,
                           const std::vector<ports::Rendition>& renditions, const EncodeOptions& options);

Arguments remux_arguments(const std::filesystem::path& source, const ports::MediaInfo& info,
                          const std::filesystem::path& to);

// JPEGs of one quality, one after the other, four of each of the first seconds.
inline constexpr int kStills = 20;
Arguments stills_arguments(const std::filesystem::path& source, const std::filesystem::path& to);
Arguments sprites_arguments(const std::filesystem::path& source, const std::filesystem::path& to,
                            const ports::MediaTool::Sprites& layout);

}  // namespace luot::ffmpeg
