#include "features/reclaim/reclaim.hpp"

#include "features/reclaim/reclaim_store.hpp"

namespace luot::reclaim {

base::Task<void> Reclaimer::sweep() {
  const auto due = co_await database_.read(select_due());
  for (const auto& row : due.rows) {
    const auto& prefix = row.text(0);
    const auto begun = co_await database_.atomically(ports::unit(begin_sweep(prefix)));
    if (!begun.done()) continue;  // spared since we looked
    co_await store_.remove_prefix(prefix);
    // After the objects: a crash between the two leaves the record, and so another try.
    co_await database_.atomically(ports::unit(end_sweep(prefix)));
  }
}

}  // namespace luot::reclaim
