// What becomes of listed videos on whatever node: the cards that this one holds follow it.
#pragma once

#include <atomic>

#include "base/gathering.hpp"
#include "base/short_lived_texts.hpp"
#include "ports/database.hpp"

namespace luot::catalog {

class ListingChanges final : base::Gathering<std::monostate, std::monostate> {
 public:
  ListingChanges(ports::Database& database, base::ShortLivedTexts& cards)
      : Gathering(1024), database_(database), cards_(cards) {}

  // Then no card is held of a video that was changed, taken back or deleted before this was called: a small read, one
  // for all who call in a turn of the loop.
  base::Task<void> follow() { co_await ask(std::monostate()); }

 private:
  base::Task<std::vector<std::monostate>> answer(std::vector<std::monostate> questions) override;

  ports::Database& database_;
  base::ShortLivedTexts& cards_;
  std::atomic<std::int64_t> followed_{-1};  // the latest change that the cards are free of
};

}  // namespace luot::catalog
