#include "adapters/redis/persistence.hpp"

namespace luot::redis {

using namespace std::chrono_literals;

std::string refusal_of(const Persistence& persistence) {
  if (persistence.eviction.empty() || persistence.eviction == "noeviction") return {};
  if (persistence.max_memory == 0) return {};  // the policy never comes to act
  return "Redis may evict what was not written to the database yet (maxmemory-policy " + persistence.eviction +
         "): set \"maxmemory-policy noeviction\" in redis.conf, or CONFIG SET maxmemory-policy noeviction";
}

std::string cost_of_crash(const Persistence& persistence) {
  if (!persistence.append_only) {
    return "it does not tell its appendonly and appendfsync: taken for everysec, so views and likes reach the database "
           "5 s late, and a crash of Redis may lose those of its last second or two";
  }
  if (!*persistence.append_only) {
    return "appendonly is off: a crash or restart of Redis loses views and likes that are not in the database yet "
           "(a second or two; all since the database went down), and may count those twice that its last snapshot "
           "held. Set appendonly yes, appendfsync always";
  }
  if (persistence.fsync == "always") return {};
  if (persistence.fsync == "everysec") {
    return "appendfsync is everysec: a crash of its machine may lose views and likes of the last second or two, and "
           "they "
           "reach the database 5 s late. appendfsync always loses nothing that was answered";
  }
  return "appendfsync is " + persistence.fsync +
         ": a crash of its machine may lose views and likes of half a minute, and count some twice. Set appendfsync "
         "always, or everysec";
}

std::chrono::milliseconds settling_time(const Persistence& persistence) {
  if (!persistence.append_only) return 5s;
  if (!*persistence.append_only || persistence.fsync == "always") return 0s;
  return persistence.fsync == "everysec" ? 5s : 35s;  // Linux writes dirty pages after 30 s
}

}  // namespace luot::redis
