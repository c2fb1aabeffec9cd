// The system calls that a media tool needs, as a seccomp filter.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <vector>

namespace luot::ffmpeg {

struct SystemCalls {
  std::vector<sock_filter> filter;
  std::size_t own_pid = 0;  // the instruction whose constant is to become the process's own number
};

// Everything else is answered with ENOSYS, as by an older kernel, for which libraries have another way; sockets and new
// processes with EPERM. Calls of another architecture end the process.
SystemCalls allowed_system_calls();

}  // namespace luot::ffmpeg
