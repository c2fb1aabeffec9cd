// Runs a media tool as a child of bounded time, memory and output, in a sandbox, with everything it starts in one
// process group.
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
  // bytes on the disk by which its folder may grow; looked at twice a second
  std::uint64_t folder_growth = 6ULL * 1024 * 1024 * 1024;
};

// What a child may touch, beyond reading its folder.
struct Confinement {
  bool sandboxed = true;
  std::vector<std::filesystem::path> outputs;  // absolute; the only files that it writes, which are made for it
};

struct ChildResult {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  bool timed_out = false;  // its wall or CPU time was over
  bool outgrew = false;    // its folder
  std::string output;      // what it wrote to standard output, the first 4 MiB; empty where lines were asked for
  std::string errors;      // the last 4 KiB of standard error

  [[nodiscard]] bool succeeded() const { return exit_code == 0; }
};

// Blocks. The child works in `folder` (empty: it has none), niced, without environment, and dies with the calling
// thread, in a Sandbox as strong as the kernel has it. A requested stop kills its group and throws ports::Stopped.
// Throws Unavailable: "transcoder_missing" where the program is not found, "transcoder_unconfined" where the kernel
// refused the sandbox. `on_line`, where given, gets each line of standard output as it comes.
ChildResult run_child(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                      const ChildLimits& limits, const std::stop_token& stop,
                      const std::function<void(std::string_view)>& on_line = {}, const Confinement& confinement = {});

}  // namespace luot::ffmpeg
