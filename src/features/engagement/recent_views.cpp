#include "features/engagement/recent_views.hpp"

#include <functional>

#include "base/result.hpp"

namespace luot::engagement {
namespace {

constexpr std::size_t kMostEntries = 100'000;  // a part: 1.6 million in all, some 100 MB
constexpr std::chrono::seconds kSweepPause{1};

// Ids are random and hashes keyed, so nobody chooses what these 64 bits are made of.
std::uint64_t key_of(base::VideoId video, const std::string& who) {
  return std::hash<std::string>{}(who)*0x9e3779b97f4a7c15ULL ^ static_cast<std::uint64_t>(video.value);
}

template <typename Entry>
bool is_over(const Entry& entry, base::Time now) {
  return now - entry.since >= kViewWindow;
}

}  // namespace

template <typename Entry>
Entry& RecentViews::Part<Entry>::find(std::uint64_t key, base::Time now) {
  const bool may_sweep = now < swept || now - swept >= kSweepPause;
  if (entries.size() >= sweep_at && may_sweep) {
    std::erase_if(entries, [now](const auto& entry) { return is_over(entry.second, now); });
    sweep_at = std::clamp<std::size_t>(2 * entries.size(), 1024, kMostEntries);
    swept = now;
  }
  const auto found = entries.find(key);
  if (found == entries.end()) {
    if (entries.size() >= kMostEntries) {
      throw base::Unavailable("overloaded", "More is being watched than can be counted here.", std::chrono::minutes(1));
    }
    return entries.emplace(key, Entry{.since = now}).first->second;
  }
  auto& entry = found->second;
  if (is_over(entry, now)) entry = {.since = now};
  entry.since = std::min(entry.since, now);  // the clock may have been set back
  return entry;
}

bool RecentViews::take_of_network(base::VideoId video, const std::string& network, base::Time now) {
  if (!network_limit_) return true;
  const auto key = key_of(video, network);
  auto& part = networks_[key % kParts];
  const std::lock_guard lock(part.mutex);
  auto& count = part.find(key, now);
  if (count.views >= *network_limit_) return false;
  ++count.views;
  return true;
}

void RecentViews::count_network(base::VideoId video, const std::string& network, int views, base::Time at) {
  if (!network_limit_) return;
  const auto key = key_of(video, network);
  auto& part = networks_[key % kParts];
  const std::lock_guard lock(part.mutex);
  part.find(key, at).views += views;
}

RecentViews::Outcome RecentViews::claim(base::VideoId video, const Watcher& watcher, Reached reached, base::Time now) {
  const auto key = key_of(video, watcher.viewer);
  auto& part = watches_[key % kParts];
  const std::lock_guard lock(part.mutex);
  auto& watch = part.find(key, now);
  Outcome outcome;
  auto& added = outcome.added;
  if (!reached.threshold) {
    outcome.why_not = NotCounted::kThreshold;
  } else if (watch.viewed) {
    outcome.why_not = NotCounted::kAlready;
  } else if (!take_of_network(video, watcher.network, now)) {
    outcome.why_not = NotCounted::kNetworkLimit;
  } else {
    added.view = watch.viewed = true;
    watch.since = now;
  }
  added.start = !std::exchange(watch.started, true);
  added.completion = reached.end && !std::exchange(watch.completed, true);
  added.watched_ms = std::max<std::int64_t>(0, reached.watched_ms - watch.watched_ms);
  watch.watched_ms += added.watched_ms;
  return outcome;
}

void RecentViews::take_back(base::VideoId video, const Watcher& watcher, const Added& added) {
  const auto key = key_of(video, watcher.viewer);
  auto& part = watches_[key % kParts];
  const std::lock_guard lock(part.mutex);
  const auto found = part.entries.find(key);
  if (found == part.entries.end()) return;
  auto& watch = found->second;
  if (added.start) watch.started = false;
  if (added.view) watch.viewed = false;
  if (added.completion) watch.completed = false;
  watch.watched_ms -= added.watched_ms;
  if (added.view) count_network(video, watcher.network, -1, watch.since);
}

void RecentViews::restore(base::VideoId video, const Watcher& watcher, const Added& added, base::Time at) {
  const auto key = key_of(video, watcher.viewer);
  auto& part = watches_[key % kParts];
  const std::lock_guard lock(part.mutex);
  auto& watch = part.find(key, at);
  if (added.view) {
    watch.viewed = true;
    watch.since = at;
    count_network(video, watcher.network, 1, at);
  }
  watch.started = true;
  watch.completed = watch.completed || added.completion;
  watch.watched_ms += added.watched_ms;
}

}  // namespace luot::engagement
