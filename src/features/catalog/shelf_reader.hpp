// Reads videos with their files, as cards are made of them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/gathering.hpp"
#include "features/videos/videos.hpp"
#include "ports/database.hpp"

namespace luot::catalog {

struct Item {
  videos::Video video;
  bool liked = false;  // by who asks
  std::int64_t edits = 0;
  std::vector<videos::VideoFile> files;  // the smallest first
};
using Shelf = std::map<base::VideoId, Item>;

// What `viewer` asks for. Videos whose revision changes all the time are left out, as are those that are no more.
base::Task<Shelf> read_shelf(ports::Database& database, std::vector<base::VideoId> ids,
                             std::optional<base::UserId> viewer);

// For nobody in particular: all who ask in a turn of a loop share what is read.
class ShelfReader final : base::Gathering<std::vector<base::VideoId>, Shelf> {
 public:
  explicit ShelfReader(ports::Database& database) : Gathering(16), database_(database) {}

  base::Task<Shelf> read(std::vector<base::VideoId> ids) { return ask(std::move(ids)); }

 private:
  base::Task<std::vector<Shelf>> answer(std::vector<std::vector<base::VideoId>> questions) override;

  ports::Database& database_;
};

}  // namespace luot::catalog
