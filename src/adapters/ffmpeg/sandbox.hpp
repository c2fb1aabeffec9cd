// What a child may touch, whatever the file makes of it: Landlock for files, seccomp for everything else, without
// privileges. docs/decisions/0025 says why in this way.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace luot::ffmpeg {

// What this kernel has. Asks it: a few microseconds.
struct SandboxParts {
  int landlock = 0;  // the version of its interface; 0: none
  bool seccomp = false;

  [[nodiscard]] bool whole() const { return landlock > 0 && seccomp; }
};
SandboxParts sandbox_parts();

// Made before fork, entered between fork and exec. A child inside
//   reads `folder`, the system's libraries and the program, and no other file;
//   writes `outputs` (absolute paths of existing files), and no other file: what lies beside them stays as it is;
//   has no sockets, no io_uring, starts no process, signals no other, and leaves neither group nor death signal.
// Where the kernel lacks a part, that part of the list is missing; where it refuses one that it has, nothing starts.
class Sandbox {
 public:
  Sandbox(const SandboxParts& parts, const std::filesystem::path& program, const std::filesystem::path& folder,
          const std::vector<std::filesystem::path>& outputs);
  Sandbox(Sandbox&& other) noexcept;
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  Sandbox& operator=(Sandbox&&) = delete;

  // In the child only, in this order, each with system calls alone. The caller has set PR_SET_NO_NEW_PRIVS, and closes
  // all descriptors between the two. False: refused.
  [[nodiscard]] bool close_files() const;
  [[nodiscard]] bool close_kernel();

 private:
  int ruleset_ = -1;
  std::vector<sock_filter> filter_;
  std::size_t own_pid_ = 0;  // where in the filter the child's number goes
};

}  // namespace luot::ffmpeg
