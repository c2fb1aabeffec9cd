// SQL for cards.
#pragma once

#include "features/catalog/catalog.hpp"

namespace luot::catalog {

// A video's columns (videos::read_video), whether `viewer` likes it, and how often it was edited.
ports::Statement select_cards(const std::vector<base::VideoId>& ids, std::optional<base::UserId> viewer);
// The index of the question, then what read_state() reads; in no order.
ports::Statement select_states(const std::vector<StateQuestion>& questions);
CardState read_state(const ports::Row& row);

// video_id, then what read_file() reads; of each video the smallest first.
ports::Statement select_files(const std::vector<base::VideoId>& ids);
videos::VideoFile read_file(const ports::Row& row);

enum class Scope { kListed, kAll };
// The latest first: numbers, and ids of videos.
ports::Statement select_listing_changes(std::int64_t after, std::int64_t limit);

ports::Statement select_videos_of(base::UserId owner, Scope scope, const std::optional<base::Keyset>& after,
                                  std::int64_t limit);
std::vector<base::Keyset> read_keysets(const ports::Rows& rows);

}  // namespace luot::catalog
