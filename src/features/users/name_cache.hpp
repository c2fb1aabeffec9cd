// Usernames by id, which never change: who lists many users asks the database only for those not met lately.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/ids.hpp"

namespace luot::users {

// Safe to use from all loops.
class NameCache {
 public:
  // `capacity`: names, of some 100 bytes each. Where a part is full it begins anew: names are quick to come back.
  explicit NameCache(std::size_t capacity) : capacity_(capacity / kParts) {}

  std::optional<std::string> find(base::UserId id);
  void keep(base::UserId id, const std::string& name);

 private:
  static constexpr std::size_t kParts = 16;
  struct Part {
    std::mutex mutex;  // guards the rest
    std::unordered_map<std::int64_t, std::string> names;
  };
  Part& part_of(base::UserId id) { return parts_[static_cast<std::uint64_t>(id.value) % kParts]; }

  const std::size_t capacity_;  // of a part
  std::array<Part, kParts> parts_;
};

}  // namespace luot::users
