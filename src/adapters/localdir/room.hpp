// The disk's free bytes, less what was promised to files that are being written.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

namespace luot::localdir {

class Room {
 public:
  // Bytes that are kept free until they are written, or until the promise ends.
  class Promise {
   public:
    Promise(std::shared_ptr<std::atomic<std::uint64_t>> all, std::uint64_t bytes);
    Promise(Promise&& other) noexcept;
    Promise& operator=(Promise&&) = delete;
    ~Promise();
    void written(std::uint64_t bytes);  // these are no longer free

   private:
    std::shared_ptr<std::atomic<std::uint64_t>> all_;  // it may outlive the room
    std::uint64_t left_;
  };

  // All promises together leave `min_free` bytes to the disk of `folder`.
  Room(std::filesystem::path folder, std::uint64_t min_free);

  // Both throw Unavailable("storage_full"), and block.
  [[nodiscard]] Promise promise(std::uint64_t bytes);
  void require(std::uint64_t bytes);

 private:
  void look(std::uint64_t bytes) const;

  const std::filesystem::path folder_;
  const std::uint64_t min_free_;
  const std::shared_ptr<std::atomic<std::uint64_t>> promised_;
  std::mutex mutex_;  // from the look at the disk to the promise
};

}  // namespace luot::localdir
