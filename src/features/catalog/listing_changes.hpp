// What becomes of listed videos on whatever node: the cards that this one holds follow it.
#pragma once

#include <atomic>

#include "base/gathering.hpp"
#include "base/short_lived.hpp"
#include "ports/database.hpp"

namespace luot::catalog {

using PublicCards = base::ShortLived<std::string>;

class ListingChanges final : base::Gathering<std::monostate, std::monostate> {
 public:
  ListingChanges(ports::Database& database, PublicCards& cards) : Gathering(1024), database_(database), cards_(cards) {}

  // Then no card is held of a video that was changed, taken back or deleted before this was called: a small read, one
  // for all who call in a turn of the loop.
  base::Task<void> follow() { co_await ask(std::monostate()); }

 private:
  base::Task<std::vector<std::monostate>> answer(std::vector<std::monostate> questions) override;

  ports::Database& database_;
  PublicCards& cards_;
  std::atomic<std::int64_t> followed_{-1};  // the latest change that the cards are free of
};

}  // namespace luot::catalog
