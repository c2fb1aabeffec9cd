#include "features/reclaim/reclaim.hpp"

#include <algorithm>
#include <random>

#include "base/log.hpp"
#include "features/reclaim/reclaim_store.hpp"

namespace luot::reclaim {
namespace {
constexpr std::chrono::minutes kPostponed{10};
}

base::Task<void> Reclaimer::remove(std::string prefix) {
  const auto begun = co_await database_.atomically(ports::unit(begin_sweep(prefix)));
  if (!begun.done()) co_return;  // spared since we looked
  co_await store_.remove_prefix(prefix);
  // After the objects: a crash between the two leaves the record, and so another try.
  co_await database_.atomically(ports::unit(end_sweep(prefix)));
}

base::Task<bool> Reclaimer::sweep() {
  auto due = co_await database_.read(select_due());
  // Every node sweeps, each in an order of its own, so that they seldom meet.
  std::ranges::shuffle(due.rows, std::minstd_rand(std::random_device{}()));
  for (const auto& row : due.rows) {
    const auto& prefix = row.text(0);
    bool failed = false;
    try {
      co_await remove(prefix);
    } catch (const std::exception& e) {
      base::log::warning("objects not removed", {{"prefix", prefix}, {"error", e.what()}});
      failed = true;
    }
    // Later, so that one that cannot go does not stand before all others.
    if (failed) co_await database_.atomically(ports::unit(doom(prefix, kPostponed)));
  }
  co_return due.rows.size() == static_cast<std::size_t>(kMostAtOnce);
}

}  // namespace luot::reclaim
