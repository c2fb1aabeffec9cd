// Runs a media tool as a child of bounded time, memory and output, with everything it starts in one process group.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace luot::ffmpeg {

struct ChildLimits {
  std::chrono::seconds wall{60};
  std::chrono::seconds cpu{60};                         // of all its threads together
  std::uint64_t memory = 3ULL * 1024 * 1024 * 1024;     // bytes of address space
  std::uint64_t file_size = 4ULL * 1024 * 1024 * 1024;  // bytes of each file that it writes
};

struct ChildResult {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  bool timed_out = false;
  std::string output;  // what it wrote to standard output, the first 4 MiB; empty where lines were asked for
  std::string errors;  // the last 4 KiB of standard error

  [[nodiscard]] bool succeeded() const { return exit_code == 0; }
};

// Blocks. The child works in `folder`, niced, without environment, and dies with the calling thread. A requested stop
// kills its group and throws ports::Stopped. Throws Unavailable("transcoder_missing") where the program is not found.
// `on_line`, where given, gets each line of standard output as it comes.
ChildResult run_child(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                      const ChildLimits& limits, const std::stop_token& stop,
                      const std::function<void(std::string_view)>& on_line = {});

}  // namespace luot::ffmpeg
