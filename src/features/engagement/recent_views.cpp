#include "features/engagement/recent_views.hpp"

#include <functional>

namespace luot::engagement {
namespace {

constexpr std::size_t kMostEntries = 60'000;  // a part: a million watches and as many networks, some 100 MB in all
constexpr std::chrono::seconds kClockSlack{1};

// Ids are random and hashes keyed, so nobody chooses what these 64 bits are made of.
std::uint64_t key_of(base::VideoId video, const std::string& who) {
  return std::hash<std::string>{}(who)*0x9e3779b97f4a7c15ULL ^ static_cast<std::uint64_t>(video.value);
}

}  // namespace

// What was watched of a play token stays counted.
void RecentViews::Watch::begin_anew(base::Time now) {
  since = now;
  started = viewed = completed = false;
  doubted = {};
}

void RecentViews::NetworkCount::begin_anew(base::Time now) {
  *this = {.since = now};
}

// Forgets what is past its window; and where that is not enough, what is older than half of it, and so on.
template <typename Entry>
void RecentViews::Part<Entry>::make_room(base::Time now) {
  std::chrono::microseconds window = kViewWindow;
  do {
    std::erase_if(entries, [now, window](const auto& entry) {
      return now - std::min(entry.second.since, now) >= window;  // the clock may have been set back
    });
    window /= 2;
  } while (entries.size() >= kMostEntries);
  sweep_at = std::clamp<std::size_t>(2 * entries.size(), 1024, kMostEntries);
}

template <typename Entry>
Entry& RecentViews::Part<Entry>::find(std::uint64_t key, base::Time now) {
  if (entries.size() >= sweep_at) make_room(now);
  const auto [found, is_new] = entries.try_emplace(key, Entry{.since = now});
  auto& entry = found->second;
  entry.since = std::min(entry.since, now);
  if (!is_new && now - entry.since >= kViewWindow) entry.begin_anew(now);
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

RecentViews::Outcome RecentViews::claim(base::VideoId video, const Watcher& watcher, const Reached& reached,
                                        base::Time now) {
  const auto key = key_of(video, watcher.viewer);
  auto& part = watches_[key % kParts];
  const std::lock_guard lock(part.mutex);
  auto& watch = part.find(key, now);
  Outcome outcome;
  auto& added = outcome.added;
  if (watch.pending) return {{}, NotCounted::kPending, std::nullopt};
  if (!reached.threshold) {
    outcome.why_not = NotCounted::kThreshold;
  } else if (watch.viewed) {
    outcome.why_not = NotCounted::kAlready;
  } else if (!take_of_network(video, watcher.network, now)) {
    outcome.why_not = NotCounted::kNetworkLimit;
  } else {
    added.view = watch.viewed = watch.pending = true;
    watch.since = now;
    if (watch.doubted != base::Time()) outcome.in_doubt = watch.doubted;
  }
  const auto issued = base::unix_seconds(reached.issued);
  if (watch.issued != 0 && watch.issued != issued) watch.watched_ms = 0;
  watch.issued = issued;
  added.start = !std::exchange(watch.started, true);
  added.completion = reached.end && watch.viewed && !std::exchange(watch.completed, true);
  added.watched_ms = std::max<std::int64_t>(0, reached.watched_ms - watch.watched_ms);
  watch.watched_ms += added.watched_ms;
  return outcome;
}

void RecentViews::confirm(base::VideoId video, const Watcher& watcher, const Added& added) {
  if (!added.view) return;
  const auto key = key_of(video, watcher.viewer);
  auto& part = watches_[key % kParts];
  const std::lock_guard lock(part.mutex);
  const auto found = part.entries.find(key);
  if (found == part.entries.end()) return;
  found->second.pending = false;
  found->second.doubted = {};
}

void RecentViews::take_back(base::VideoId video, const Watcher& watcher, const Added& added, base::Time at) {
  const auto key = key_of(video, watcher.viewer);
  auto& part = watches_[key % kParts];
  const std::lock_guard lock(part.mutex);
  const auto found = part.entries.find(key);
  if (found == part.entries.end()) return;
  auto& watch = found->second;
  if (added.start) watch.started = false;
  if (added.completion) watch.completed = false;
  watch.watched_ms -= added.watched_ms;
  if (!added.view) return;
  watch.viewed = watch.pending = false;
  if (watch.doubted == base::Time()) watch.doubted = at - kClockSlack;
  count_network(video, watcher.network, -1, watch.since);
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
