// One type for a moment, microseconds since 1970 UTC: what both databases can keep.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace luot::base {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

inline Time wall_clock() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

inline std::int64_t unix_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// RFC 3339 in UTC with microseconds: 2026-11-23T03:10:19.123456Z
std::string format_rfc3339(Time time);

// RFC 9110 IMF-fixdate: Mon, 23 Nov 2026 03:10:19 GMT
std::string format_http_date(Time time);

}  // namespace luot::base
