#include "features/catalog/listing_changes.hpp"

#include "features/catalog/catalog_store.hpp"

namespace luot::catalog {
namespace {

constexpr std::int64_t kMost = 1000;  // where there are more, no card is kept

void advance(std::atomic<std::int64_t>& to, std::int64_t number) {
  auto from = to.load();
  while (from < number && !to.compare_exchange_weak(from, number)) {
  }
}

}  // namespace

base::Task<std::vector<std::monostate>> ListingChanges::answer(std::vector<std::monostate> questions) {
  const auto rows = co_await database_.read(select_listing_changes(followed_, kMost));
  // What is read from here on is newer than all of them.
  const auto now = PublicCards::Clock::now();
  if (std::cmp_equal(rows.rows.size(), kMost)) {
    cards_.forget_all(now);
  } else {
    for (const auto& row : rows.rows)
      cards_.forget(row.integer(1), now);
  }
  if (!rows.empty()) advance(followed_, rows[0].integer(0));
  co_return questions;
}

}  // namespace luot::catalog
