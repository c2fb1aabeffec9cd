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
  std::int64_t watched_ms = 0;  // in all since the play token was issued
  base::Time issued;
};

// What a report adds, each number once in a window.
struct Added {
  bool start = false;
  bool view = false;
  bool completion = false;
  std::int64_t watched_ms = 0;
  [[nodiscard]] bool anything() const { return start || view || completion || watched_ms > 0; }
};

enum class NotCounted { kNo, kThreshold, kAlready, kNetworkLimit, kPending };

// Safe to use from all loops: it is split into parts with a lock each. It remembers some million watches; where more
// come within the half hour, the oldest are forgotten, and so may count again.
class RecentViews {
 public:
  // `network_limit`: views of one video that count from one network in a window; nothing: no limit.
  explicit RecentViews(std::optional<std::int64_t> network_limit) : network_limit_(network_limit) {}

  struct Outcome {
    Added added;
    NotCounted why_not{};  // kNo where `added.view`
    // An earlier try's view may be in the log since then, though its answer was a fault.
    std::optional<base::Time> in_doubt;
  };
  // Claims what the report adds, for confirm() or take_back(): the same report again adds nothing. Where a view is
  // claimed already and neither has come, nothing is claimed: kPending.
  Outcome claim(base::VideoId video, const Watcher& watcher, const Reached& reached, base::Time now);
  void confirm(base::VideoId video, const Watcher& watcher, const Added& added);
  // What was claimed at `at` could not be stored, or nobody knows: it may be claimed again.
  void take_back(base::VideoId video, const Watcher& watcher, const Added& added, base::Time at);
  // What was stored before this process began, oldest first.
  void restore(base::VideoId video, const Watcher& watcher, const Added& added, base::Time at);

 private:
  static constexpr std::size_t kParts = 16;

  struct Watch {
    base::Time since;         // the view that counted, or else the start
    base::Time doubted{};     // since when a view may be stored, unless it is zero
    std::int64_t issued = 0;  // the play token's second, since which watched_ms counts; 0: not known
    std::int64_t watched_ms = 0;
    bool started = false;
    bool viewed = false;
    bool pending = false;  // the view's claim
    bool completed = false;
    void begin_anew(base::Time now);
  };
  struct NetworkCount {
    base::Time since;
    std::int64_t views = 0;
    void begin_anew(base::Time now);
  };
  template <typename Entry>
  struct Part {
    std::mutex mutex;  // guards the rest
    std::unordered_map<std::uint64_t, Entry> entries;
    std::size_t sweep_at = 1024;  // entries; those past their window are forgotten then
    Entry& find(std::uint64_t key, base::Time now);
    void make_room(base::Time now);
  };
  bool take_of_network(base::VideoId video, const std::string& network, base::Time now);
  void count_network(base::VideoId video, const std::string& network, int views, base::Time at);

  const std::optional<std::int64_t> network_limit_;
  std::array<Part<Watch>, kParts> watches_;
  std::array<Part<NetworkCount>, kParts> networks_;  // locked after a part of watches_
};

}  // namespace luot::engagement
