#include "adapters/ffmpeg/ffmpeg_media_tool.hpp"

#include <charconv>
#include <csignal>
#include <sstream>
#include <thread>

#include "adapters/ffmpeg/encode_arguments.hpp"
#include "adapters/ffmpeg/probe.hpp"
#include "adapters/ffmpeg/sandbox.hpp"
#include "adapters/ffmpeg/stills.hpp"
#include "base/counted.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

namespace luot::ffmpeg {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
using ports::MediaInfo;

constexpr ChildLimits kQuick{
    .wall = std::chrono::seconds(30), .cpu = std::chrono::seconds(30), .file_size = 64ULL * 1024 * 1024};
const ports::Progress kSilent;

Error undecodable() {
  return {ErrorKind::kInvalid, "undecodable", "The video could not be decoded. The file may be damaged.", {}};
}

Error grew_too_large() {
  return {ErrorKind::kInvalid, "too_large_converted", "The video became too large when it was converted.", {}};
}

Error took_too_long() {
  return {ErrorKind::kInvalid, "too_slow", "The video took too long to convert.", {}};
}

// Of a file with so many seconds of video: 40 Mbit/s, which no rung comes near.
std::uint64_t most_bytes(double seconds) {
  return 64ULL * 1024 * 1024 + static_cast<std::uint64_t>(seconds * 5e6);
}

// Time for the slowest sources (10-bit 4K on two cores), bounded by the length of what is decoded.
ChildLimits limits_for(double seconds) {
  const auto wall = std::chrono::seconds(300 + static_cast<std::int64_t>(seconds * 20));
  return {.wall = wall, .cpu = wall * 8, .file_size = most_bytes(seconds), .folder_growth = 2 * most_bytes(seconds)};
}

// "out_time_us=1234567" of -progress.
void report_progress(std::string_view line, const ports::Progress& progress) {
  constexpr std::string_view kKey = "out_time_us=";
  if (!line.starts_with(kKey)) return;
  line.remove_prefix(kKey.size());
  std::int64_t micros = 0;
  const auto [stopped, failure] = std::from_chars(line.data(), line.data() + line.size(), micros);
  if (failure == std::errc()) progress(static_cast<double>(micros) / 1e6);
}

// ffmpeg catches SIGTERM and SIGINT, and then exits with this; for nothing else (exit_program() in its ffmpeg.c).
constexpr int kToldToEnd = 255;

// Killed from outside (the system was out of memory, an operator): not the file's fault, so worth another try.
void throw_if_killed(const ChildResult& child) {
  const bool killed = child.signal == SIGKILL || child.signal == SIGTERM || child.exit_code == kToldToEnd;
  if (child.timed_out || child.outgrew || !killed) return;
  throw base::Unavailable("transcoder_killed", "ffmpeg was killed (signal " + std::to_string(child.signal) + ", exit " +
                                                   std::to_string(child.exit_code) + ").");
}

// Of its limit or of the machine's: either way no verdict on the file. But a decoder that has nothing to give says "try
// again" in the words with which the system refuses a thread.
bool ran_out_of_memory(const std::string& errors) {
  std::istringstream lines(errors);
  for (std::string line; std::getline(lines, line);) {
    const bool refused = line.find("Resource temporarily unavailable") != std::string::npos &&
                         !line.starts_with("Error while decoding stream");
    if (refused || line.find("malloc of size") != std::string::npos ||
        line.find("Cannot allocate memory") != std::string::npos) {
      return true;
    }
  }
  return false;
}

// An output that could not be written to its end: ffmpeg says so, and may exit with 0 all the same.
bool lost_output(std::string_view errors) {
  return errors.find("Error closing file ") != std::string_view::npos;
}

// Threads for each encode, of those that run at once: together they fill the cores.
int threads_for(int running) {
  constexpr int kMost = 4;
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(cores / std::max(1, running), 1, kMost);
}

// False where there is no picture.
bool keep_sharpest(const fs::path& stills, const fs::path& to) {
  const auto pictures = base::read_file(stills);
  const auto best = sharpest(pictures);
  if (best.empty()) return false;
  base::File::create_exclusive(to).write_all(best);
  return true;
}

}  // namespace

Task<Result<MediaInfo>> FfmpegMediaTool::probe(fs::path source, std::stop_token stop) {
  Arguments arguments{"ffprobe", "-hide_banner", "-loglevel", "error", "-of", "json", "-show_format", "-show_streams"};
  for (auto& argument : untrusted_input(source))
    arguments.push_back(std::move(argument));
  const auto child = co_await children_.run([&] { return run_child(arguments, source.parent_path(), kQuick, stop); });
  throw_if_killed(child);
  if (!child.succeeded()) co_return not_a_video();
  const auto packets = co_await read_packets(source, stop);
  co_return read_probe(child.output, packets);
}

// Reads the file through, but decodes nothing. What could not be read to its end tells nothing.
Task<Packets> FfmpegMediaTool::read_packets(fs::path source, std::stop_token stop) {
  Arguments arguments{
      "ffprobe", "-hide_banner", "-loglevel",     "error",
      "-of",     "csv=p=0",      "-show_entries", "packet=stream_index,pts_time,duration_time,size,flags"};
  for (auto& argument : untrusted_input(source))
    arguments.push_back(std::move(argument));
  Packets packets;
  const auto child = co_await children_.run([&] {
    return run_child(arguments, source.parent_path(), kQuick, stop, [&](std::string_view line) { packets.take(line); });
  });
  throw_if_killed(child);
  co_return child.succeeded() ? std::move(packets) : Packets();
}

Task<Result<bool>> FfmpegMediaTool::run(std::vector<std::string> arguments, std::vector<fs::path> outputs,
                                        ChildLimits limits, std::stop_token stop, ports::Progress progress) {
  const auto folder = outputs.front().parent_path();
  const Confinement confinement{.sandboxed = true, .outputs = std::move(outputs)};
  std::function<void(std::string_view)> on_line;
  if (progress) on_line = [&progress](std::string_view line) { report_progress(line, progress); };
  const auto child =
      co_await children_.run([&] { return run_child(arguments, folder, limits, stop, on_line, confinement); });
  const bool lost = lost_output(child.errors);
  if (child.succeeded() && !lost) co_return true;
  base::log::warning("ffmpeg failed", {{"exit", child.exit_code},
                                       {"signal", child.signal},
                                       {"timed_out", child.timed_out},
                                       {"errors", child.errors.substr(0, 500)}});
  if (child.timed_out || child.signal == SIGXCPU) co_return took_too_long();
  if (child.outgrew || child.signal == SIGXFSZ) co_return grew_too_large();
  throw_if_killed(child);
  if (ran_out_of_memory(child.errors)) {
    throw base::Unavailable("transcoder_out_of_memory", "ffmpeg had not enough memory.", std::chrono::seconds(30));
  }
  if (child.errors.find("No space left on device") != std::string::npos) {
    throw base::Unavailable("storage_full", "The disk is full.", std::chrono::seconds(30));
  }
  if (lost) throw std::runtime_error("ffmpeg could not write what it made");
  co_return undecodable();
}

Task<Result<bool>> FfmpegMediaTool::remux(fs::path source, MediaInfo info, fs::path to, std::stop_token stop) {
  auto arguments = remux_arguments(source, info, to);
  const std::vector<fs::path> outputs(1, to);
  auto limits = limits_for(info.duration.value_or(0) / 20);
  limits.file_size = limits.folder_growth = most_bytes(info.duration.value_or(0));
  co_return co_await run(std::move(arguments), outputs, limits, std::move(stop), kSilent);
}

Task<Result<bool>> FfmpegMediaTool::encode(fs::path source, MediaInfo info, std::vector<ports::Rendition> renditions,
                                           Sound sound, double longest, ports::Progress progress,
                                           std::stop_token stop) {
  const base::Counted counted(encoding_);
  auto arguments = encode_arguments(source, info, renditions, {sound, longest, threads_for(encoding_)});
  const auto limits = limits_for(std::min(info.duration.value_or(longest), longest));
  std::vector<fs::path> outputs;
  for (const auto& rendition : renditions)
    outputs.push_back(rendition.file);
  co_return co_await run(std::move(arguments), std::move(outputs), limits, std::move(stop), std::move(progress));
}

Task<Result<bool>> FfmpegMediaTool::poster(fs::path source, fs::path to, std::stop_token stop) {
  auto stills = to;
  stills.replace_extension(".mjpeg");
  auto arguments = stills_arguments(source, stills);
  const std::vector<fs::path> outputs(1, stills);
  const auto made = co_await run(std::move(arguments), outputs, kQuick, std::move(stop), kSilent);
  if (!made) co_return made.error();
  const bool kept = co_await children_.run([&] { return keep_sharpest(stills, to); });
  if (!kept) co_return undecodable();
  co_return true;
}

Task<Result<bool>> FfmpegMediaTool::sprites(fs::path source, fs::path to, Sprites layout, std::stop_token stop) {
  auto arguments = sprites_arguments(source, to, layout);
  const std::vector<fs::path> outputs(1, to);
  const auto limits = limits_for(layout.interval * layout.columns * layout.rows / 20);
  co_return co_await run(std::move(arguments), outputs, limits, std::move(stop), kSilent);
}

std::string FfmpegMediaTool::version() {
  const auto child = run_child({"ffmpeg", "-hide_banner", "-version"}, {}, kQuick, {});
  if (child.output.find("--enable-libx264") == std::string::npos) {
    throw base::Unavailable("transcoder_missing", "The installed ffmpeg was built without libx264.");
  }
  const auto start = child.output.find("version ");
  return start == std::string::npos ? "unknown"
                                    : child.output.substr(start + 8, child.output.find(' ', start + 8) - start - 8);
}

std::vector<std::string> FfmpegMediaTool::sandbox_gaps() {
  const auto parts = sandbox_parts();
  std::vector<std::string> gaps;
  if (parts.landlock == 0) {
    gaps.emplace_back("This kernel offers no Landlock: a file that hijacks ffmpeg could read and write what Luot can.");
  }
  if (!parts.seccomp) {
    gaps.emplace_back("This kernel offers no seccomp: a file that hijacks ffmpeg could reach the network.");
  }
  return gaps;
}

}  // namespace luot::ffmpeg
