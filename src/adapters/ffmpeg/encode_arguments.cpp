#include "adapters/ffmpeg/encode_arguments.hpp"

#include <fmt/format.h>

namespace luot::ffmpeg {
namespace {

using ports::MediaInfo;
using ports::Rendition;
using ports::Rung;

void append(Arguments& to, const Arguments& more) {
  to.insert(to.end(), more.begin(), more.end());
}

Arguments start() {
  return {"ffmpeg", "-hide_banner", "-nostdin", "-y", "-loglevel", "error"};
}

// A fragment a key frame; delay_moov so that the first fragment's times are known and audio priming is told.
Arguments fragmented_mp4() {
  return {"-map_metadata",
          "-1",
          "-map_metadata:s:v",
          "-1",
          "-map_metadata:s:a",
          "-1",
          "-map_chapters",
          "-1",
          "-video_track_timescale",
          "90000",
          "-f",
          "mp4",
          "-movflags",
          "+frag_keyframe+delay_moov+default_base_moof"};
}

// What happens once, to the decoded picture, before the first rung: at most 60 frames a second, whole frames, SDR.
std::string prepare(const MediaInfo& info, const Rung& first) {
  // A picture that begins after the sound stands still until then: players may skip an empty edit, and part the two.
  std::string chain = "[0:" + std::to_string(info.video.index) + "]setpts='if(eq(N\\,0)\\,0\\,PTS)',";
  if (info.video.interlaced) chain += "bwdif=mode=send_frame:deint=interlaced,";
  if (info.video.frame_rate > 60.5 || info.video.frame_rate <= 0) {
    // Drops what is nearer than 1/61 s to the frame before it; a fixed rate would invent frames in variable sources.
    chain += "select='isnan(prev_selected_t)+gte(t-prev_selected_t,1/61)',";
  }
  chain += fmt::format("scale={}:{}:flags=bicubic,setsar=1", first.width, first.height);
  if (info.video.transfer != ports::Transfer::kSdr) {
    // The input's colours are named, since phones leave some of them out.
    const auto* transfer = info.video.transfer == ports::Transfer::kPq ? "smpte2084" : "arib-std-b67";
    chain += fmt::format(
        ",zscale=tin={}:min=bt2020nc:pin=bt2020:rin=tv:t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,"
        "tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:p=bt709:r=tv",
        transfer);
  }
  return chain + ",format=yuv420p";
}

// Each rung is scaled from the one above it: a third of the pixels to read.
std::string filter_graph(const MediaInfo& info, const std::vector<Rendition>& renditions) {
  std::string graph = prepare(info, renditions.front().rung);
  for (std::size_t i = 0; i < renditions.size(); ++i) {
    const bool last = i + 1 == renditions.size();
    if (i > 0)
      graph += fmt::format("[below{}]scale={}:{}:flags=bicubic,setsar=1", i, renditions[i].rung.width,
                           renditions[i].rung.height);
    graph += last ? fmt::format("[rung{}]", i) : fmt::format(",split=2[rung{}][below{}];", i, i + 1);
  }
  return graph;
}

// B-frames make the muxer count decode times back from the first frames' distances. Where those say nothing of the
// rest, picture and sound would part.
bool is_uneven(const MediaInfo& info) {
  return info.video.variable_rate || info.video.start - info.start > 0.05;
}

// An encoder forgets how long the last picture stands; with sound beside it nobody misses that.
Arguments uneven_timing(const MediaInfo& info) {
  Arguments arguments{"-bf", "0"};
  if (info.duration && !info.audio) {
    arguments.insert(
        arguments.end(),
        {"-bsf:v",
         fmt::format("setts=duration='if(eq(NEXT_PTS,NOPTS),max(DURATION,{:.6f}/TB-PTS),DURATION)'", *info.duration)});
  }
  return arguments;
}

Arguments encoder(const MediaInfo& info, const Rendition& rendition, std::size_t index, double longest) {
  const auto ceiling = max_bitrate(rendition.rung);
  Arguments arguments{"-map", fmt::format("[rung{}]", index)};
  if (info.audio) append(arguments, {"-map", "0:" + std::to_string(info.audio->index)});
  append(arguments, {"-sn", "-dn", "-t", fmt::format("{:.3f}", longest), "-fps_mode", "vfr", "-enc_time_base:v",
                     "1:90000", "-c:v", "libx264", "-threads:v", "2", "-preset", "veryfast", "-crf", "23", "-profile:v",
                     "high", "-maxrate", std::to_string(ceiling), "-bufsize", std::to_string(2 * ceiling),
                     // Key frames by time, so that all rungs have them together at any frame rate.
                     "-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0", "-g", "9999",
                     "-max_muxing_queue_size", "4096"});
  if (is_uneven(info)) append(arguments, uneven_timing(info));
  if (info.video.transfer != ports::Transfer::kSdr) {
    append(arguments, {"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"});
  }
  if (info.audio) {
    append(arguments, {"-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", info.audio->channels == 1 ? "1" : "2",
                       "-af", "aresample=async=1:first_pts=0"});
  }
  append(arguments, fragmented_mp4());
  arguments.push_back("file:" + rendition.file.string());
  return arguments;
}

}  // namespace

Arguments untrusted_input(const std::filesystem::path& source) {
  return {"-protocol_whitelist", "file,pipe", "-format_whitelist", kFormatWhitelist, "-i", "file:" + source.string()};
}

std::int64_t max_bitrate(const Rung& rung) {
  // 3 Mbit/s for 1280x720; smaller pictures need more bits a pixel: the exponent follows Apple's HLS authoring table.
  const double share = static_cast<double>(rung.width) * rung.height / (1280.0 * 720.0);
  return static_cast<std::int64_t>(3'000'000 * std::pow(share, 0.85)) + 60'000;
}

Arguments encode_arguments(const std::filesystem::path& source, const MediaInfo& info,
                           const std::vector<Rendition>& renditions, double longest) {
  auto arguments = start();
  append(arguments, {"-progress", "pipe:1", "-stats_period", "0.5", "-filter_complex_threads", "2"});
  // Named, not as many as there are cores: memory grows with threads, and the child's is limited.
  append(arguments, {"-threads", "4"});
  append(arguments, untrusted_input(source));
  append(arguments, {"-filter_complex", filter_graph(info, renditions)});
  for (std::size_t i = 0; i < renditions.size(); ++i)
    append(arguments, encoder(info, renditions[i], i, longest));
  return arguments;
}

Arguments remux_arguments(const std::filesystem::path& source, const MediaInfo& info, const std::filesystem::path& to) {
  auto arguments = start();
  append(arguments, untrusted_input(source));
  append(arguments, {"-map", "0:" + std::to_string(info.video.index)});
  if (info.audio) append(arguments, {"-map", "0:" + std::to_string(info.audio->index)});
  append(arguments, {"-c", "copy", "-sn", "-dn"});
  append(arguments, fragmented_mp4());
  arguments.push_back("file:" + to.string());
  return arguments;
}

Arguments poster_arguments(const std::filesystem::path& source, const std::filesystem::path& to) {
  auto arguments = start();
  append(arguments, {"-t", "4"});
  append(arguments, untrusted_input(source));
  append(arguments, {"-map", "0:v:0", "-vf", "thumbnail=n=100", "-frames:v", "1", "-q:v", "3", "-map_metadata", "-1",
                     "-f", "mjpeg", "file:" + to.string()});
  return arguments;
}

Arguments sprites_arguments(const std::filesystem::path& source, const std::filesystem::path& to,
                            const ports::MediaTool::Sprites& layout) {
  auto arguments = start();
  append(arguments, untrusted_input(source));
  append(arguments, {"-map", "0:v:0", "-vf",
                     fmt::format("fps=1/{:.6f}:start_time=0:round=up,scale={}:{},tile={}x{}", layout.interval,
                                 layout.width, layout.height, layout.columns, layout.rows),
                     "-frames:v", "1", "-q:v", "5", "-map_metadata", "-1", "-f", "mjpeg", "file:" + to.string()});
  return arguments;
}

}  // namespace luot::ffmpeg
