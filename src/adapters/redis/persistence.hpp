// How a Redis keeps what it is told, whether that will do, and what it may cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace luot::redis {

struct Persistence {
  std::optional<std::int64_t> max_memory{};  // bytes, 0 for no limit; nothing: it does not tell
  std::string eviction{};                    // "noeviction", ...; empty: it does not tell
  std::optional<bool> append_only{};         // nothing: it does not tell, as managed ones that refuse CONFIG GET
  std::string fsync{};                       // "always", "everysec", "no"
};

// Why a Redis that is set up so cannot be used, and how to mend it; empty where it can.
std::string refusal_of(const Persistence& persistence);

// What a crash of this Redis can cost, for the operator; empty where nothing that was answered is lost.
std::string cost_of_crash(const Persistence& persistence);

// How old a change is at least before the database learns it, so that the database never gets ahead of Redis' disk.
std::chrono::milliseconds settling_time(const Persistence& persistence);

}  // namespace luot::redis
