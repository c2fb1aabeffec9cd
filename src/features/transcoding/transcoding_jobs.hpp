// What a worker knows of the job it is on.
#pragma once

#include <atomic>
#include <stop_token>

#include "features/transcoding/transcoding.hpp"

namespace luot::transcoding {

// The video is playable, and others come first: its job is in the queue again.
class GaveWay : public std::runtime_error {
 public:
  GaveWay() : std::runtime_error("others come first") {}
};

// What ended an attempt without a verdict on the file.
enum class Interruption { kNone, kStopped, kGaveWay, kEngineDown, kFault };
struct Transcoding::Fault {
  Interruption kind = Interruption::kNone;
  std::string description;
};

struct Transcoding::Lease {
  videos::Stage stage{};        // both begin again with each attempt
  std::atomic<int> percent{0};  // written by the tool's thread
  std::stop_source stop;        // kills the tool: the lease is lost or ending, or the process is
  bool over = false;            // the job is done with; the keeper ends
};

}  // namespace luot::transcoding
