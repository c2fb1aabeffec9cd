#include "adapters/ffmpeg/encode_arguments.hpp"

#include <fmt/format.h>

#include <cmath>

namespace luot::ffmpeg {
namespace {

using ports::MediaInfo;
using ports::Rendition;
using ports::Rung;
using Sound = ports::MediaTool::Sound;

void append(Arguments& to, const Arguments& more) {
  to.insert(to.end(), more.begin(), more.end());
}

Arguments start() {
  return {"ffmpeg", "-hide_banner", "-nostdin", "-y", "-loglevel", "error"};
}

// A fragment a key frame; delay_moov so that the first fragment's times are known and audio priming is told.
constexpr const char* kFragmented = "+frag_keyframe+delay_moov+default_base_moof";

// Nothing of the camera's.
Arguments anonymous() {
  return {"-map_metadata", "-1", "-map_metadata:s:v", "-1", "-map_metadata:s:a", "-1", "-map_chapters", "-1"};
}

// Sound that is primed begins before the picture; without this ffmpeg would move the picture to where the sound begins.
Arguments kept_in_place(const MediaInfo& info) {
  if (info.start >= 0 || info.video.start < 0) return {};
  return {"-itsoffset", fmt::format("{:.6f}", info.start)};
}

// Drops what is nearer to the frame before it than `rate` allows; a fixed rate would invent frames in variable sources.
// The first frame of each line of the key frames' grid stays, so that the rungs have theirs together.
std::string thinned(double rate) {
  return fmt::format(
      "select='isnan(prev_selected_t)+gte(t-prev_selected_t,1/{:.0f})+"
      "gt(floor(t/{grid}+1e-6),floor(prev_selected_t/{grid}+1e-6))',",
      rate + 1, fmt::arg("grid", ports::kKeyGrid));
}

bool is_faster(const MediaInfo& info, double rate) {
  return info.video.frame_rate > rate + 0.5 || info.video.frame_rate <= 0;
}

// To SDR. White of 203 nits (ITU-R BT.2408) becomes nearly SDR's, what is darker than 60 % of it stays as it is, and
// what is brighter, up to the 1000 nits of usual masters, is pressed into the rest. Without agamma=false zscale applies
// HLG's system gamma to each colour apart, which makes all of them too strong. The input's colours are named, since
// phones leave some of them out.
std::string tone_mapping(ports::Transfer transfer) {
  const bool hlg = transfer == ports::Transfer::kHlg;
  return fmt::format(
      ",zscale=tin={}:min=bt2020nc:pin=bt2020:rin=tv:t=linear:npl=203{},format=gbrpf32le,zscale=p=bt709,"
      "tonemap=tonemap=mobius:param=0.6:desat=2:peak=4.926,zscale=t=bt709:m=bt709:p=bt709:r=tv",
      hlg ? "arib-std-b67" : "smpte2084", hlg ? ":agamma=false" : "");
}

// What happens once, to the decoded picture, before the first rung: at most 60 frames a second, whole frames, SDR.
std::string prepare(const MediaInfo& info, const Rung& first) {
  // A picture that begins after the sound stands still until then: players may skip an empty edit, and part the two.
  std::string chain = "[0:" + std::to_string(info.video.index) + "]setpts='if(eq(N\\,0)\\,0\\,PTS)',";
  if (info.video.interlaced) chain += "bwdif=mode=send_frame:deint=interlaced,";
  if (is_faster(info, first.max_frame_rate)) chain += thinned(first.max_frame_rate);
  if (info.video.alpha) chain += "format=gbrap,premultiply=inplace=1,";  // on black, as players are
  chain += fmt::format("scale={}:{}:flags=bicubic,setsar=1", first.width, first.height);
  if (info.video.transfer != ports::Transfer::kSdr) chain += tone_mapping(info.video.transfer);
  return chain + ",format=yuv420p";
}

// Each rung is scaled from the one above it: a third of the pixels to read.
std::string filter_graph(const MediaInfo& info, const std::vector<Rendition>& renditions) {
  std::string graph = prepare(info, renditions.front().rung);
  for (std::size_t i = 0; i < renditions.size(); ++i) {
    const auto& rung = renditions[i].rung;
    const bool last = i + 1 == renditions.size();
    if (i > 0) {
      graph += fmt::format("[below{}]", i);
      const double above = renditions[i - 1].rung.max_frame_rate;
      if (rung.max_frame_rate < above && is_faster(info, rung.max_frame_rate)) graph += thinned(rung.max_frame_rate);
      graph += fmt::format("scale={}:{}:flags=bicubic,setsar=1", rung.width, rung.height);
    }
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

// What all pictures share. Key frames come by time, so that all rungs have them together at any frame rate.
Arguments encoder(const MediaInfo& info, int threads) {
  Arguments arguments{"-fps_mode",
                      "vfr",
                      "-enc_time_base:v",
                      "1:90000",
                      "-c:v",
                      "libx264",
                      "-threads:v",
                      std::to_string(threads),
                      "-preset",
                      "veryfast",
                      "-crf",
                      "23",
                      "-profile:v",
                      "high",
                      "-force_key_frames",
                      fmt::format("expr:gte(t,n_forced*{})", ports::kKeyGrid),
                      "-sc_threshold",
                      "0",
                      "-g",
                      "9999"};
  if (is_uneven(info)) append(arguments, uneven_timing(info));
  if (info.video.transfer != ports::Transfer::kSdr) {
    append(arguments, {"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"});
  }
  return arguments;
}

Arguments ceilings(const std::vector<Rendition>& renditions) {
  Arguments arguments;
  for (std::size_t i = 0; i < renditions.size(); ++i) {
    const auto ceiling = renditions[i].rung.max_bitrate;
    append(arguments, {fmt::format("-maxrate:v:{}", i), std::to_string(ceiling), fmt::format("-bufsize:v:{}", i),
                       std::to_string(2 * ceiling)});
  }
  return arguments;
}

Arguments sound_encoder(const ports::AudioTrack& audio, Sound sound) {
  if (sound == Sound::kCopy) return {"-c:a", "copy"};
  return {"-c:a", "aac",
          "-b:a", "128k",
          "-ar",  "48000",
          "-ac",  audio.channels == 1 ? "1" : "2",
          "-af",  "aresample=async=1:first_pts=0"};
}

// A fragment ends when the next key frame comes, which comes earlier than it is shown: by the pictures that depend on
// it and are shown before. The sound goes ahead by as much, in microseconds, so that a fragment has all that is heard
// with its pictures. Where it ended sooner, players could not show the last ones, and a change of rungs could be heard.
std::int64_t lead_of_sound(double held_back, double frame_rate) {
  constexpr double kMost = 1;  // second
  return frame_rate > 0 ? std::llround(std::min(held_back / frame_rate, kMost) * 1e6) : 0;
}

// Of the pictures that thinned() leaves.
double frame_rate_of(const MediaInfo& info, const Rung& rung) {
  const double rate = info.video.frame_rate;
  return is_faster(info, rung.max_frame_rate) ? rate / std::ceil(rate / (rung.max_frame_rate + 1)) : rate;
}

std::string file_options(const MediaInfo& info, const Rung& rung) {
  constexpr double kHeldBack = 2;  // pictures, by x264's presets from veryfast on
  auto options = fmt::format("f=mp4:movflags={}:video_track_timescale=90000", kFragmented);
  if (info.audio && !is_uneven(info)) {
    options += fmt::format(":audio_preload={}", lead_of_sound(kHeldBack, frame_rate_of(info, rung)));
  }
  return options;
}

// One output that is written as several files, so that the sound is encoded once. The files are named within the
// child's folder, since a path would need quoting.
Arguments files_of(const MediaInfo& info, const std::vector<Rendition>& renditions) {
  std::string files;
  for (std::size_t i = 0; i < renditions.size(); ++i) {
    const auto& [rung, file] = renditions[i];
    files += fmt::format("{}[select=\\'v:{}{}\\':{}]file:{}", i > 0 ? "|" : "", i, info.audio ? ",a" : "",
                         file_options(info, rung), file.filename().string());
  }
  return {"-f", "tee", files};
}

}  // namespace

Arguments untrusted_input(const std::filesystem::path& source) {
  return {"-protocol_whitelist", "file,pipe", "-format_whitelist", kFormatWhitelist, "-i", "file:" + source.string()};
}

Arguments encode_arguments(const std::filesystem::path& source, const MediaInfo& info,
                           const std::vector<Rendition>& renditions, const EncodeOptions& options) {
  auto arguments = start();
  append(arguments, {"-progress", "pipe:1", "-stats_period", "0.5", "-filter_complex_threads", "2"});
  // Named, not as many as there are cores: memory grows with threads, and the child's is limited.
  append(arguments, {"-threads", std::to_string(options.threads)});
  append(arguments, kept_in_place(info));
  append(arguments, untrusted_input(source));
  append(arguments, {"-filter_complex", filter_graph(info, renditions)});
  for (std::size_t i = 0; i < renditions.size(); ++i)
    append(arguments, {"-map", fmt::format("[rung{}]", i)});
  if (info.audio) append(arguments, {"-map", "0:" + std::to_string(info.audio->index)});
  append(arguments, {"-sn", "-dn", "-t", fmt::format("{:.3f}", options.longest), "-flags", "+global_header",
                     "-max_muxing_queue_size", "4096"});
  append(arguments, encoder(info, options.threads));
  append(arguments, ceilings(renditions));
  if (info.audio) append(arguments, sound_encoder(*info.audio, options.sound));
  append(arguments, anonymous());
  append(arguments, files_of(info, renditions));
  return arguments;
}

Arguments remux_arguments(const std::filesystem::path& source, const MediaInfo& info, const std::filesystem::path& to) {
  auto arguments = start();
  append(arguments, kept_in_place(info));
  append(arguments, untrusted_input(source));
  append(arguments, {"-map", "0:" + std::to_string(info.video.index)});
  if (info.audio) append(arguments, {"-map", "0:" + std::to_string(info.audio->index)});
  append(arguments, {"-c", "copy", "-sn", "-dn"});
  append(arguments, anonymous());
  if (info.audio) {
    append(arguments, {"-audio_preload", std::to_string(lead_of_sound(info.video.held_back, info.video.frame_rate))});
  }
  append(arguments, {"-video_track_timescale", "90000", "-f", "mp4", "-movflags", kFragmented});
  arguments.push_back("file:" + to.string());
  return arguments;
}

Arguments stills_arguments(const std::filesystem::path& source, const std::filesystem::path& to) {
  auto arguments = start();
  append(arguments, {"-t", std::to_string(kStills / 4)});
  append(arguments, untrusted_input(source));
  append(arguments, {"-map", "0:v:0", "-vf", "select='isnan(prev_selected_t)+gte(t-prev_selected_t,0.25)'", "-fps_mode",
                     "passthrough", "-frames:v", std::to_string(kStills), "-q:v", "3", "-map_metadata", "-1", "-f",
                     "mjpeg", "file:" + to.string()});
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
