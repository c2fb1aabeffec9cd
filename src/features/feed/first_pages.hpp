// The first pages of those who are not signed in, as they are sent: made once a second, whoever asks.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace luot::feed {

enum class Kind;

class FirstPages {
 public:
  using Clock = std::chrono::steady_clock;
  using Text = std::shared_ptr<const std::string>;

  // Null where the caller is to make the page and keep() it. A page lives a second at most; shortly before, one caller
  // is sent to make the next while the others still get this one.
  Text find(Kind kind, std::int64_t limit, Clock::time_point now);
  void keep(Kind kind, std::int64_t limit, Text text, Clock::time_point made);

 private:
  struct Entry {
    Text text;
    Clock::time_point made;
    bool being_made = false;
  };
  std::mutex mutex_;  // guards the pages: a few kinds, fifty limits
  std::map<std::pair<Kind, std::int64_t>, Entry> pages_;
};

}  // namespace luot::feed
