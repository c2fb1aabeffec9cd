// How long a ladder takes, learnt from those that this worker made.
#pragma once

#include <atomic>
#include <chrono>
#include <vector>

#include "ports/media_tool.hpp"

namespace luot::transcoding {

// Of any thread.
class LadderSpeed {
 public:
  LadderSpeed();

  // Seconds of wall time. A source of unknown length counts as one of `longest` seconds.
  [[nodiscard]] double expect(const ports::MediaInfo& info, const std::vector<ports::Rung>& rungs,
                              double longest) const;
  void learn(const ports::MediaInfo& info, const std::vector<ports::Rung>& rungs, double longest,
             std::chrono::duration<double> took);

 private:
  std::atomic<double> seconds_a_pixel_;  // of those that work() counts
};

}  // namespace luot::transcoding
