// Who watched what in the last half hour, in memory: what a report adds to what was told before, exactly once.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace luot::engagement {

// A view counts once a viewer and video in this window.
inline constexpr std::chrono::minutes kViewWindow{30};

// Who watches: `viewer` is a user, a signed anonymous viewer or an address, `network` where the request came from.
struct Watcher {
  std::string viewer;
  std::string network;
};

// How far a viewer got by now, as a report says it and as is plausible.
struct Reached {
  bool threshold = false;  // watched long enough for a view
  bool end = false;
  std::int64_t watched_ms = 0;
};

// What a report adds, each number once in a window.
struct Added {
  bool start = false;
  bool view = false;
  bool completion = false;
  std::int64_t watched_ms = 0;
  [[nodiscard]] bool anything() const { return start || view || completion || watched_ms > 0; }
};

enum class NotCounted { kNo, kThreshold, kAlready, kNetworkLimit };

// Safe to use from all loops: it is split into parts with a lock each.
class RecentViews {
 public:
  // `network_limit`: views of one video that count from one network in a window; nothing: no limit.
  explicit RecentViews(std::optional<std::int64_t> network_limit) : network_limit_(network_limit) {}

  struct Outcome {
    Added added;
    NotCounted why_not{};  // kNo where `added.view`
  };
  // Claims what the report adds: the same report again adds nothing. Throws Unavailable("overloaded") where more is
  // remembered than memory is for.
  Outcome claim(base::VideoId video, const Watcher& watcher, Reached reached, base::Time now);
  // What was claimed could not be stored: it may be claimed again.
  void take_back(base::VideoId video, const Watcher& watcher, const Added& added);
  // What was stored before this process began, oldest first.
  void restore(base::VideoId video, const Watcher& watcher, const Added& added, base::Time at);

 private:
  static constexpr std::size_t kParts = 16;

  struct Watch {
    base::Time since;  // the view that counted, or else the start
    std::int64_t watched_ms = 0;
    bool started = false;
    bool viewed = false;
    bool completed = false;
  };
  struct NetworkCount {
    base::Time since;
    std::int64_t views = 0;
  };
  template <typename Entry>
  struct Part {
    std::mutex mutex;  // guards the rest
    std::unordered_map<std::uint64_t, Entry> entries;
    std::size_t sweep_at = 1024;  // entries; those past their window are forgotten then
    base::Time swept{};
    Entry& find(std::uint64_t key, base::Time now);
  };
  bool take_of_network(base::VideoId video, const std::string& network, base::Time now);
  void count_network(base::VideoId video, const std::string& network, int views, base::Time at);

  const std::optional<std::int64_t> network_limit_;
  std::array<Part<Watch>, kParts> watches_;
  std::array<Part<NetworkCount>, kParts> networks_;  // locked after a part of watches_
};

}  // namespace luot::engagement
