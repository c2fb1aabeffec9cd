// All SQL about views and likes.
#pragma once

#include "features/engagement/counting.hpp"
#include "ports/database.hpp"

namespace luot::engagement {

// A row for each video that is there, in its first column the place in `whom`.
ports::Statement select_subjects(const std::vector<std::pair<base::VideoId, std::optional<base::UserId>>>& whom);
Subject read_subject(const ports::Row& row);

// Touches one row, and must: where a view is `in_doubt` since a time, none is stored where one is there since then.
ports::Statement insert_report(base::VideoId video, std::optional<base::UserId> user, const Watcher& watcher,
                               const Added& added, const std::optional<base::Time>& in_doubt);
// Reports of the last window beyond `seq`, oldest first, at most 5,000.
ports::Statement select_recent_reports(std::int64_t seq);
struct StoredReport {
  std::int64_t seq = 0;
  base::VideoId video;
  Watcher watcher;
  Added added;
  base::Time at;
};
StoredReport read_report(const ports::Row& row);

// How far the log is counted, and how far it goes.
struct SyncState {
  std::int64_t counted = 0;
  std::int64_t newest = 0;
};
ports::Statement select_sync_state();
SyncState read_sync_state(const ports::Row& row);
// The unit that counts the reports in (from, to]: the first statement touches one row, and must: where it does not,
// another counted them.
std::vector<ports::Statement> move_reports(std::int64_t from, std::int64_t to);
// Counted reports that are a day old, at most kForgotten.
inline constexpr std::int64_t kForgotten = 2000;
ports::Statement delete_old_reports();

// Each touches one row where the user may see the video and that changes anything, and must. Inserting goes before
// counting, which returns the new count. So does uncounting, which reads the like: it goes before the deletion.
ports::Statement insert_like(base::UserId user, base::VideoId video);
ports::Statement count_like(base::VideoId video);
ports::Statement uncount_like(base::UserId user, base::VideoId video);
ports::Statement delete_like(base::UserId user, base::VideoId video);

}  // namespace luot::engagement
