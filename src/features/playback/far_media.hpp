// Playback from a store that viewers reach by themselves, without a CDN before it: playlists come from here, with
// signed URLs of the store in them, and everything else is a redirect there, so that no media byte passes through this
// server.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace luot::playback {

// A playlist of ours with the URLs of its media in place of their names. The names of other playlists stay, which are
// relative to this one's URL.
std::string with_media_urls(std::string_view playlist, const std::function<std::string(std::string_view name)>& url_of);

// Texts as they are sent, for a short time: a playlist that many ask for is fetched and signed once, and one that was
// removed is not shown for long. Safe to use from all loops.
class RecentTexts {
 public:
  using Text = std::shared_ptr<const std::string>;
  using Moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kKept{10};

  explicit RecentTexts(std::size_t most_bytes = 32UL << 20) : most_bytes_(most_bytes) {}

  // Null where there is none, or it was kept in another window of signed URLs.
  Text find(const std::string& path, std::int64_t window, Moment now);
  void keep(const std::string& path, std::int64_t window, Text text, Moment now);

 private:
  struct Entry {
    std::string path;
    std::int64_t window = 0;
    Text text;
    Moment over;
  };
  void remove(std::list<Entry>::iterator entry);

  const std::size_t most_bytes_;
  std::mutex mutex_;          // guards the rest
  std::list<Entry> entries_;  // the oldest first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_path_;
  std::size_t bytes_ = 0;
};

}  // namespace luot::playback
