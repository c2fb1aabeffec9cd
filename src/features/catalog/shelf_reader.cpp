#include "features/catalog/shelf_reader.hpp"

#include <set>

#include "features/catalog/catalog_store.hpp"

namespace luot::catalog {
namespace {

using base::Task;
using base::VideoId;

bool is_of_one_revision(const Item& item) {
  if (!item.video.rev) return true;
  const auto prefix = videos::rev_prefix(item.video.id, *item.video.rev);
  return std::ranges::all_of(item.files, [&](const auto& file) { return file.key.starts_with(prefix); });
}

}  // namespace

// The rows of videos and those of their files come from two reads. Where a revision was published between them, their
// keys do not fit together, and both are read again.
Task<Shelf> read_shelf(ports::Database& database, std::vector<VideoId> ids, std::optional<base::UserId> viewer) {
  Shelf shelf;
  for (int attempt = 0; attempt < 3; ++attempt) {
    shelf = {};
    const auto videos = co_await database.read(select_cards(ids, viewer));
    const auto files = co_await database.read(select_files(ids));
    for (const auto& row : videos.rows) {
      auto video = videos::read_video(row);
      const auto id = video.id;
      shelf[id] = {std::move(video), row.boolean(videos::kVideoColumns), row.integer(videos::kVideoColumns + 1), {}};
    }
    for (const auto& row : files.rows) {
      const auto found = shelf.find(row.id<VideoId>(0));
      if (found != shelf.end()) found->second.files.push_back(read_file(row));
    }
    if (std::ranges::all_of(shelf, [](const auto& entry) { return is_of_one_revision(entry.second); })) break;
  }
  std::erase_if(shelf, [](const auto& entry) { return !is_of_one_revision(entry.second); });
  co_return shelf;
}

Task<std::vector<Shelf>> ShelfReader::answer(std::vector<std::vector<VideoId>> questions) {
  std::set<VideoId> wanted;
  for (const auto& question : questions)
    wanted.insert(question.begin(), question.end());
  std::vector<VideoId> ids(wanted.begin(), wanted.end());
  const auto all = co_await read_shelf(database_, std::move(ids), std::nullopt);
  std::vector<Shelf> shelves(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    for (const auto id : questions[i]) {
      if (const auto found = all.find(id); found != all.end()) shelves[i].insert(*found);
    }
  }
  co_return shelves;
}

}  // namespace luot::catalog
