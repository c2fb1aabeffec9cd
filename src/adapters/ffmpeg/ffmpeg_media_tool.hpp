// The media tool of the plan: ffmpeg and ffprobe, version 5.1 or later, as children on a pool of their own.
#pragma once

#include <atomic>

#include "adapters/ffmpeg/child_process.hpp"
#include "adapters/ffmpeg/packets.hpp"
#include "base/blocking_pool.hpp"
#include "ports/media_tool.hpp"

namespace luot::ffmpeg {

class FfmpegMediaTool final : public ports::MediaTool {
 public:
  // `children` waits for the children: at least one thread for each job that runs at once.
  explicit FfmpegMediaTool(base::BlockingPool& children) : children_(children) {}

  base::Task<base::Result<ports::MediaInfo>> probe(std::filesystem::path source, std::stop_token stop) override;
  base::Task<base::Result<bool>> remux(std::filesystem::path source, ports::MediaInfo info, std::filesystem::path to,
                                       std::stop_token stop) override;
  base::Task<base::Result<bool>> encode(std::filesystem::path source, ports::MediaInfo info,
                                        std::vector<ports::Rendition> renditions, Sound sound, double longest,
                                        ports::Progress progress, std::stop_token stop) override;
  base::Task<base::Result<bool>> poster(std::filesystem::path source, std::filesystem::path to,
                                        std::stop_token stop) override;
  base::Task<base::Result<bool>> sprites(std::filesystem::path source, std::filesystem::path to, Sprites layout,
                                         std::stop_token stop) override;

  // "5.1.9" of the installed ffmpeg. Throws Unavailable where there is none, it does not start in its sandbox, or it
  // lacks libx264. Blocks.
  static std::string version();

  // What of the sandbox this kernel lacks, and what that opens: a sentence each, best none.
  static std::vector<std::string> sandbox_gaps();

 private:
  base::Task<Packets> read_packets(std::filesystem::path source, std::stop_token stop);
  base::Task<base::Result<bool>> run(std::vector<std::string> arguments, std::vector<std::filesystem::path> outputs,
                                     ChildLimits limits, std::stop_token stop, ports::Progress progress);
  base::BlockingPool& children_;
  std::atomic<int> encoding_{0};
};

}  // namespace luot::ffmpeg
