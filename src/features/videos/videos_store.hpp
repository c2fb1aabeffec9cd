// SQL about videos that only this room uses; the rest is declared in videos.hpp.
#pragma once

#include "features/videos/videos.hpp"

namespace luot::videos {

ports::Statement select_video(base::VideoId id);

// Each touches one row, and must.
enum class Which { kAny = 0, kUnpublished = 1, kPrivate = 2 };
ports::Statement update_video(base::VideoId id, const Edit& edit, Which which);
// Before delete_any_video() in its unit: nobody works on them meanwhile.
ports::Statement lock_jobs_of_video(base::VideoId id);
ports::Statement delete_any_video(base::VideoId id);

struct RevisionKeys {
  std::string rev;
  std::optional<std::string> playlist;
  std::optional<std::string> poster;
  std::optional<std::string> preview;
};
ports::Statement update_revision(base::VideoId id, const std::string& from, const RevisionKeys& to);
ports::Statement move_files(base::VideoId id, const std::string& from_prefix, const std::string& to_prefix);

}  // namespace luot::videos
