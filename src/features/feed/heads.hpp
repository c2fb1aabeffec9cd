// Snapshots of the feed's order: what is hot and what is new at one moment, so that a walk from page to page has an
// order that does not change under it. They live in the database; each node keeps those that its viewers walk through.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/async.hpp"
#include "base/ids.hpp"
#include "ports/database.hpp"

namespace luot::feed {

inline constexpr std::size_t kHeadLength = 1000;  // ids of each order
// A head is written anew where it would be another, and not more often.
inline constexpr std::chrono::seconds kHeadPause{5};
inline constexpr std::chrono::hours kHeadLife{2};  // after another took its place

class Order {
 public:
  Order() = default;
  explicit Order(std::vector<base::VideoId> ids);
  [[nodiscard]] const std::vector<base::VideoId>& ids() const { return ids_; }
  [[nodiscard]] bool contains(base::VideoId id) const { return std::ranges::binary_search(sorted_, id); }

 private:
  std::vector<base::VideoId> ids_;
  std::vector<base::VideoId> sorted_;
};

struct Head {
  std::int64_t id = 0;  // 0: before the first was written; its orders are empty
  Order hot;
  Order mixed;
};

// Two hot ones, then a new one, and so on to the end of both, each once.
std::vector<base::VideoId> mix(const std::vector<base::VideoId>& hot, const std::vector<base::VideoId>& newest);

class Heads {
 public:
  Heads(ports::Database& database, std::size_t length) : database_(database), length_(length) {}

  struct Current {
    std::shared_ptr<const Head> head;
    std::int64_t batch = 0;  // of seen marks: what is marked later is unseen for a walk that begins now
  };
  // At most a second old.
  base::Task<Current> current();
  // Null where it is gone, two hours after another took its place.
  base::Task<std::shared_ptr<const Head>> find(std::int64_t id);

  // Writes a head where the order has changed. Any number of nodes may try: one in kHeadPause succeeds.
  base::Task<void> renew();

 private:
  base::Task<std::shared_ptr<const Head>> load(std::int64_t id);
  [[nodiscard]] std::shared_ptr<const Head> cached(std::int64_t id);
  void keep(const std::shared_ptr<const Head>& head);

  ports::Database& database_;
  const std::size_t length_;
  std::mutex mutex_;  // guards the rest
  struct Kept {
    std::shared_ptr<const Head> head;
    std::uint64_t used = 0;  // when, by `uses_`
  };
  std::map<std::int64_t, Kept> kept_;
  std::uint64_t uses_ = 0;
  Current current_;
  std::chrono::steady_clock::time_point current_since_{};
  bool refreshing_ = false;
};

}  // namespace luot::feed
