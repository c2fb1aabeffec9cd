#include "features/playback/far_media.hpp"

#include <map>

namespace luot::playback {
namespace {

constexpr std::string_view kMapStart = "#EXT-X-MAP:URI=\"";

}  // namespace

std::string with_media_urls(std::string_view playlist,
                            const std::function<std::string(std::string_view name)>& url_of) {
  std::map<std::string_view, std::string> urls;  // a file is named once a segment
  const auto url = [&](std::string_view name) -> const std::string& {
    auto& found = urls[name];
    if (found.empty()) found = url_of(name);
    return found;
  };
  std::string text;
  while (!playlist.empty()) {
    const auto end = std::min(playlist.find('\n'), playlist.size());
    const auto line = playlist.substr(0, end);
    playlist.remove_prefix(std::min(end + 1, playlist.size()));
    const auto quote = line.starts_with(kMapStart) ? line.find('"', kMapStart.size()) : std::string_view::npos;
    if (quote != std::string_view::npos) {
      text.append(kMapStart).append(url(line.substr(kMapStart.size(), quote - kMapStart.size())));
      text.append(line.substr(quote));
    } else if (line.starts_with('#') || line.ends_with(".m3u8") || line.empty()) {
      text.append(line);
    } else {
      text.append(url(line));
    }
    text.push_back('\n');
  }
  return text;
}

RecentTexts::Text RecentTexts::find(const std::string& path, std::int64_t window, Moment now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return nullptr;
  const auto& entry = *found->second;
  return entry.window == window && now < entry.over ? entry.text : nullptr;
}

void RecentTexts::keep(const std::string& path, std::int64_t window, Text text, Moment now) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_path_.find(path); found != by_path_.end()) remove(found->second);
  bytes_ += text->size();
  entries_.push_back({path, window, std::move(text), now + kKept});
  by_path_[path] = std::prev(entries_.end());
  while (!entries_.empty() && (bytes_ > most_bytes_ || entries_.front().over <= now))
    remove(entries_.begin());
}

void RecentTexts::remove(std::list<Entry>::iterator entry) {
  bytes_ -= entry->text->size();
  by_path_.erase(entry->path);
  entries_.erase(entry);
}

}  // namespace luot::playback
