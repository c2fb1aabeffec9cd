#include "features/feed/heads.hpp"

#include <unordered_set>

#include "features/feed/feed_store.hpp"

namespace luot::feed {
namespace {

using base::Task;
using base::VideoId;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kCurrentFor{1};
constexpr std::size_t kMostKept = 256;  // heads in memory, some 48 KB each

}  // namespace

Order::Order(std::vector<VideoId> ids) : ids_(std::move(ids)), sorted_(ids_) {
  std::ranges::sort(sorted_);
}

std::vector<VideoId> mix(const std::vector<VideoId>& hot, const std::vector<VideoId>& newest) {
  std::vector<VideoId> mixed;
  std::unordered_set<std::int64_t> taken;
  const auto take_from = [&](const std::vector<VideoId>& list, std::size_t& next) {
    while (next < list.size()) {
      const auto id = list[next++];
      if (!taken.insert(id.value).second) continue;
      mixed.push_back(id);
      return;
    }
  };
  std::size_t next_hot = 0;
  std::size_t next_new = 0;
  while (next_hot < hot.size() || next_new < newest.size()) {
    take_from(hot, next_hot);
    take_from(hot, next_hot);
    take_from(newest, next_new);
  }
  return mixed;
}

std::shared_ptr<const Head> Heads::cached(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return nullptr;
  found->second.used = ++uses_;
  return found->second.head;
}

void Heads::keep(const std::shared_ptr<const Head>& head) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMostKept) {
    kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.used; }));
  }
  kept_[head->id] = {head, ++uses_};
}

Task<std::shared_ptr<const Head>> Heads::load(std::int64_t id) {
  const auto rows = co_await database_.read(select_head(id));
  if (rows.empty()) co_return nullptr;
  auto lists = read_head(rows[0]);
  auto head = std::make_shared<Head>();
  head->id = id;
  head->mixed = Order(mix(lists.hot, lists.newest));
  head->hot = Order(std::move(lists.hot));
  keep(head);
  co_return head;
}

Task<std::shared_ptr<const Head>> Heads::find(std::int64_t id) {
  if (id == 0) co_return std::make_shared<const Head>();
  auto head = cached(id);
  if (head) co_return head;
  co_return co_await load(id);
}

Task<Heads::Current> Heads::current() {
  {
    const std::lock_guard lock(mutex_);
    const bool fresh = Clock::now() - current_since_ < kCurrentFor;
    // One asks, the others take what there is.
    if (current_.head && (fresh || refreshing_)) co_return current_;
    refreshing_ = true;
  }
  Current next;
  std::exception_ptr fault;
  try {
    const auto rows = co_await database_.read(select_current());
    const auto [head, batch] = read_current(rows[0]);
    next.head = co_await find(head);
    if (!next.head) next.head = std::make_shared<const Head>();  // replaced and gone between the two reads
    next.batch = batch;
  } catch (...) {
    fault = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  refreshing_ = false;
  if (fault) std::rethrow_exception(fault);
  current_since_ = Clock::now();
  current_ = next;
  co_return next;
}

Task<void> Heads::renew() {
  const auto fresh = co_await database_.read(select_fresh_head());
  if (!fresh.empty()) co_return;
  const auto length = static_cast<std::int64_t>(length_);
  const auto hot = co_await database_.read(select_hottest(length));
  const auto newest = co_await database_.read(select_newest(std::nullopt, length));
  const HeadLists lists{read_ids(hot, 0), read_ids(newest, 1)};
  const auto latest = co_await database_.read(select_latest_lists());
  if (!latest.empty() && read_head(latest[0]) == lists) co_return;
  auto replacement = replace_head(base::random_id(base::wall_clock()), lists);
  co_await database_.atomically(std::move(replacement));
  co_await database_.atomically(ports::unit(delete_old_heads()));
}

}  // namespace luot::feed
