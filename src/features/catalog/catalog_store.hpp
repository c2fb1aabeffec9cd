// SQL for cards.
#pragma once

#include "features/catalog/catalog.hpp"

namespace luot::catalog {

// A video's columns (videos::read_video), whether `viewer` likes it, and how often it was edited.
ports::Statement select_cards(const std::vector<base::VideoId>& ids, std::optional<base::UserId> viewer);
// What decides whether and how a card is shown, and what changes with every view.
struct CardState {
  base::VideoId id;
  base::UserId owner;
  std::optional<std::string> rev;
  std::int64_t edits = 0;
  bool ready = false;
  std::string visibility;
  std::int64_t view_count = 0;
  std::int64_t like_count = 0;
  std::int64_t comment_count = 0;
  bool liked = false;
};
ports::Statement select_states(const std::vector<base::VideoId>& ids, std::optional<base::UserId> viewer);
CardState read_state(const ports::Row& row);

// video_id, then what read_file() reads; of each video the smallest first.
ports::Statement select_files(const std::vector<base::VideoId>& ids);
videos::VideoFile read_file(const ports::Row& row);

enum class Scope { kListed, kAll };
ports::Statement select_videos_of(base::UserId owner, Scope scope, const std::optional<base::Keyset>& after,
                                  std::int64_t limit);
std::vector<base::Keyset> read_keysets(const ports::Rows& rows);

}  // namespace luot::catalog
