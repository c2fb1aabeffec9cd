// What a worker knows about the lease of the job it is on.
#pragma once

#include <atomic>
#include <stop_token>

#include "features/transcoding/transcoding.hpp"

namespace luot::transcoding {

struct Transcoding::Lease {
  std::atomic<int> percent{0};  // written by the tool's thread
  std::stop_source stop;        // kills the tool: the lease is lost or ending, or the process is
  bool over = false;            // the job is done with; the keeper ends
};

}  // namespace luot::transcoding
