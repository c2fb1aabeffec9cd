#include "adapters/localdir/room.hpp"

#include <sys/statvfs.h>

#include "base/file.hpp"
#include "base/result.hpp"

namespace luot::localdir {

Room::Promise::Promise(std::shared_ptr<std::atomic<std::uint64_t>> all, std::uint64_t bytes)
    : all_(std::move(all)), left_(bytes) {
  all_->fetch_add(left_);
}

Room::Promise::Promise(Promise&& other) noexcept : all_(other.all_), left_(std::exchange(other.left_, 0)) {
}

Room::Promise::~Promise() {
  all_->fetch_sub(left_);
}

void Room::Promise::written(std::uint64_t bytes) {
  const auto kept = std::min(bytes, left_);
  left_ -= kept;
  all_->fetch_sub(kept);
}

Room::Room(std::filesystem::path folder, std::uint64_t min_free)
    : folder_(std::move(folder)),
      min_free_(min_free),
      promised_(std::make_shared<std::atomic<std::uint64_t>>(std::uint64_t{0})) {
}

Room::Promise Room::promise(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  look(bytes);
  return {promised_, bytes};
}

void Room::require(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  look(bytes);
}

void Room::look(std::uint64_t bytes) const {
  // Before the disk: what is written between the two looks counts twice then, never not at all.
  const std::uint64_t promised = *promised_;
  struct statvfs info {};
  if (::statvfs(folder_.c_str(), &info) != 0) base::throw_errno("statvfs " + folder_.string());
  const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
  if (free >= promised && free - promised >= min_free_ && free - promised - min_free_ >= bytes) return;
  throw base::Unavailable("storage_full", "The server has no room for this upload now; try again later.",
                          std::chrono::seconds(60));
}

}  // namespace luot::localdir
