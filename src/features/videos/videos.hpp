// The plain record of a video and its life: uploading -> processing -> ready or failed.
//
// Rooms above write videos in units of their own: the functions that return a Statement are for those.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "features/users/users.hpp"
#include "ports/database.hpp"
#include "ports/object_store.hpp"

namespace luot::videos {

enum class Status { kUploading, kProcessing, kReady, kFailed };
// What a worker does with a video that is processed.
enum class Stage { kProbing, kTranscoding };
enum class Visibility { kPublic, kUnlisted, kPrivate };

std::string_view to_text(Status status);
std::string_view to_text(Stage stage);
Status read_status(const std::string& text);
Stage read_stage(const std::string& text);
std::string_view to_text(Visibility visibility);
Visibility read_visibility(const std::string& text);
inline constexpr std::array<std::pair<std::string_view, Visibility>, 3> kVisibilities{
    {{"public", Visibility::kPublic}, {"unlisted", Visibility::kUnlisted}, {"private", Visibility::kPrivate}}};

// Why a video failed, in a sentence fit for the person who uploaded it.
struct Failure {
  std::string code;
  std::string detail;
};

struct Video {
  base::VideoId id;
  users::Author author;
  std::string title;
  std::string description;
  Visibility visibility{};
  Status status{};
  std::optional<std::int64_t> progress;  // percent, while it is processed
  std::optional<Failure> failure;
  std::optional<std::string> rev;  // the published revision; the next three are object keys of it
  std::optional<std::string> playlist_key;
  std::optional<std::string> poster_key;
  std::optional<std::string> preview_key;
  std::optional<double> duration;  // seconds
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> height;
  std::int64_t view_count = 0;
  std::int64_t like_count = 0;
  std::int64_t comment_count = 0;
  base::Time created_at;
  std::optional<base::Time> uploaded_at;   // the upload was complete; unknown of the oldest videos
  std::optional<base::Time> playable_at;   // a first revision is published
  std::optional<base::Time> published_at;  // the whole ladder is
};

// Anyone may see what is published and not private; the owner sees all of his own.
bool may_see(const Video& video, std::optional<base::UserId> viewer);
// The same as a condition on the row `video`. `user`: an id, or null.
#define LUOT_MAY_SEE(user, video) \
  "(" video ".user_id = " user " or (" video ".playable_at is not null and " video ".visibility <> 'private'))"
// Lists that are for everybody show what is public and ready.
bool is_listed(const Video& video);

base::Error video_not_found();

// What an owner may change; absent fields stay.
struct Edit {
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<Visibility> visibility;
};

class Videos {
 public:
  Videos(ports::Database& database, ports::ObjectStore& store) : database_(database), store_(store) {}

  base::Task<std::optional<Video>> find(base::VideoId id);
  // Error: 404 video_not_found, also for what `viewer` may not see.
  base::Task<base::Result<Video>> find_visible(base::VideoId id, std::optional<base::UserId> viewer);
  // Errors: 404, or 403 forbidden for what `viewer` sees but does not own.
  base::Task<base::Result<Video>> find_owned(base::VideoId id, base::UserId viewer);

  // Errors: as find_owned(). A video that is taken back (made private) gets a new revision, so that URLs handed out
  // before show nothing any more.
  base::Task<base::Result<Video>> edit(base::VideoId id, base::UserId viewer, Edit edit);
  // The video, all that hangs on it, and its objects. A job that runs for it loses its lease in the same unit.
  base::Task<base::Result<bool>> remove(base::VideoId id, base::UserId viewer);

 private:
  base::Task<bool> rekey(Video video, Edit edit);
  base::Task<void> remove_now(std::string prefix);

  ports::Database& database_;
  ports::ObjectStore& store_;
};

// The hot score, as SQL: forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay", ICDE 2009). It is the
// logarithm of a sum of event weights that double with each day that an event is later (counted from 2024-01-01 UTC),
// so the order of two videos never changes by time alone, and nothing is ever rescored.
#define LUOT_HOT_PUBLISHING "1"
#define LUOT_HOT_VIEW "1"
#define LUOT_HOT_COMPLETION "2"
#define LUOT_HOT_LIKE "5"
#define LUOT_HOT_COMMENT "10"
// What an event of that weight adds now, as a logarithm.
#define LUOT_HOT_TERM(weight) "(ln(" weight ") + ln(2) / 86400 * (unix_now() - 1704067200))"
// The score with the term `t`, and without it: never below what publishing alone gives.
#define LUOT_HOT_WITH(t)                                                                                          \
  "case when hot_score is null then " t " else greatest(hot_score, " t ") + ln(1 + exp(-least(abs(hot_score - " t \
  "), 700))) end"
#define LUOT_HOT_WITHOUT(t)                       \
  "case when hot_score is null or hot_score - " t \
  " < 1e-9 then hot_floor else greatest(hot_floor, hot_score + ln(1 - exp(greatest(" t " - hot_score, -700)))) end"

// The columns that read_video() reads, and their tables, for every SELECT of videos: "select " LUOT_VIDEO_COLUMNS ...
#define LUOT_VIDEO_COLUMNS                                                                                     \
  " v.id, v.user_id, u.username, v.title, v.description, v.visibility, v.status, v.progress, v.failure_code, " \
  "v.failure_detail, v.rev, v.video_url, v.thumbnail_url, v.preview_url, v.duration, v.width, v.height, "      \
  "v.view_count, v.like_count, v.comment_count, v.created_at, v.playable_at, v.published_at, "                 \
  "v.uploaded_at "
#define LUOT_VIDEO_TABLES " from videos v join users u on u.id = v.user_id "
inline constexpr std::size_t kVideoColumns = 24;
Video read_video(const ports::Row& row);

struct NewVideo {
  base::VideoId id;
  base::UserId owner;
  std::string title;
  std::string description;
  Visibility visibility{};
};

// Each touches one row, and must.
ports::Statement insert_video(const NewVideo& video);
ports::Statement delete_video(base::VideoId id);      // and all that hangs on it, while it is still uploading
ports::Statement start_processing(base::VideoId id);  // from uploading
ports::Statement set_progress(base::VideoId id, Stage stage, int percent);
// A video with a published revision becomes ready with that; one without becomes failed.
ports::Statement give_up(base::VideoId id, const Failure& failure);

// A rendition's file in a revision.
struct VideoFile {
  std::string quality;  // "480p"
  std::string key;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t bitrate = 0;  // average, bits a second
};

struct Publication {
  base::VideoId id;
  std::string rev;
  std::string playlist_key;
  std::optional<std::string> poster_key;
  std::optional<std::string> preview_key;
  double duration = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<VideoFile> files;
  bool complete = false;                // the whole ladder: the video becomes ready
  std::optional<std::string> replaces;  // the revision that was current when this one was made
};

// Makes the revision the current one in place of `replaces`; where another is current by now, nothing is written.
// The first statement is the one that fails then.
std::vector<ports::Statement> publish(const Publication& publication);

// Nobody changes or deletes these until the unit is over. In the order of ids, so that no two units wait for each
// other.
ports::Statement lock_videos(const std::set<base::VideoId>& ids);

// "videos/{id}/{rev}/": below it all objects of a revision.
std::string rev_prefix(base::VideoId id, const std::string& rev);
// "videos/{id}/", "originals/{id}/", "uploads/{id}/": all objects of a video.
std::string video_prefix(base::VideoId id);
std::string original_prefix(base::VideoId id);
std::string upload_prefix(base::VideoId id);

// All but URLs and what depends on the viewer.
boost::json::object to_json(const Video& video);

}  // namespace luot::videos
