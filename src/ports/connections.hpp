// What a process holds of an engine, for its operator to see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace luot::ports {

// Of one kind of connections, as they were a moment ago.
struct Connections {
  std::string_view role;      // what they are for
  std::size_t open = 0;       // that can be used
  std::size_t in_flight = 0;  // requests that were sent and not answered
  std::size_t waiting = 0;    // requests that could not be sent yet
  std::uint64_t lost = 0;     // connections that broke, since the process began
  std::uint64_t failed = 0;   // attempts to connect that did, since then
};

inline void add(Connections& sum, const Connections& more) {
  sum.open += more.open;
  sum.in_flight += more.in_flight;
  sum.waiting += more.waiting;
  sum.lost += more.lost;
  sum.failed += more.failed;
}

}  // namespace luot::ports
