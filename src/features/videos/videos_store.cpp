#include "features/videos/videos_store.hpp"

namespace luot::videos {
namespace {

constexpr ports::Sql kSelect{"video_by_id", "select" LUOT_VIDEO_COLUMNS LUOT_VIDEO_TABLES "where v.id = $1"};

constexpr ports::Sql kInsert{"insert_video", R"(
  insert into videos (id, user_id, title, description, visibility, status, created_at)
  values ($1, $2, $3, $4, $5, 'uploading', now()))"};

constexpr ports::Sql kDelete{"delete_video", "delete from videos where id = $1 and status = 'uploading'"};

constexpr ports::Sql kStartProcessing{"start_processing", R"(
  update videos set status = 'processing', progress = 0, uploaded_at = now() where id = $1 and status = 'uploading')"};

constexpr ports::Sql kSetProgress{"set_progress", R"(
  update videos set stage = $2, progress = $3 where id = $1 and status = 'processing')"};

// The first time that a video is ready, its publishing counts.
#define LUOT_HOT_IF_READY(ready)                                                \
  "hot_floor = case when " ready " then coalesce(hot_floor, " LUOT_HOT_TERM(    \
      LUOT_HOT_PUBLISHING) ") else hot_floor end, hot_score = case when " ready \
                           " and hot_floor is null then " LUOT_HOT_WITH(        \
                               LUOT_HOT_TERM(LUOT_HOT_PUBLISHING)) " else hot_score end"

constexpr ports::Sql kGiveUp{"give_up",
                             R"(
  update videos set
    status = case when rev is null then 'failed' else 'ready' end,
    published_at = case when rev is null then published_at else coalesce(published_at, now()) end,
    stage = null, progress = null, failure_code = $2, failure_detail = $3, )" LUOT_HOT_IF_READY("rev is not null")
                                 R"(
  where id = $1 and status = 'processing')"};

constexpr ports::Sql kPublish{"publish_video",
                              R"(
  update videos set rev = $2, video_url = $3, thumbnail_url = $4, preview_url = $5, duration = $6, width = $7,
    height = $8, playable_at = coalesce(playable_at, now()),
    status = case when $9 = 1 then 'ready' else status end,
    stage = case when $9 = 1 then null else stage end,
    progress = case when $9 = 1 then null else progress end,
    published_at = case when $9 = 1 then coalesce(published_at, now()) else published_at end, )" LUOT_HOT_IF_READY(
                                  "$9 = 1")
                                  R"(
  where id = $1 and status in ('processing', 'ready') and rev is not distinct from $10)"};

constexpr ports::Sql kDeleteFiles{"delete_video_files", "delete from video_files where video_id = $1"};

constexpr ports::Sql kInsertFile{"insert_video_file", R"(
  insert into video_files (video_id, quality, file_url, width, height, bitrate) values ($1, $2, $3, $4, $5, $6))"};

constexpr ports::Sql kUpdate{"update_video", R"(
  update videos set title = coalesce($2, title), description = coalesce($3, description),
    visibility = coalesce($4, visibility), edits = edits + 1
  where id = $1 and ($5 <> 1 or rev is null) and ($5 <> 2 or visibility = 'private'))"};

// SQLite has one writer anyway.
constexpr ports::Sql kLockVideos{"lock_videos", "select 1 from videos where id in (select value from json_each($1))",
                                 "select 1 from videos where id in (select json_array_elements_text($1::json)::bigint) "
                                 "order by id for no key update"};

// A worker's unit begins with the job and goes on to the video, so a removal must not begin with the video.
#define LUOT_JOBS "select id from jobs where video_id = $1"
constexpr ports::Sql kLockJobs{"lock_jobs_of_video", LUOT_JOBS, LUOT_JOBS " for update"};
constexpr ports::Sql kDeleteAny{"delete_any_video", "delete from videos where id = $1"};

constexpr ports::Sql kUpdateRevision{"update_revision", R"(
  update videos set rev = $3, video_url = $4, thumbnail_url = $5, preview_url = $6 where id = $1 and rev = $2)"};

constexpr ports::Sql kMoveFiles{"move_video_files", R"(
  update video_files set file_url = $3 || substr(file_url, length($2) + 1) where video_id = $1)"};

}  // namespace

Visibility read_visibility(const std::string& text) {
  if (text == "public") return Visibility::kPublic;
  return text == "unlisted" ? Visibility::kUnlisted : Visibility::kPrivate;
}

Status read_status(const std::string& text) {
  if (text == "uploading") return Status::kUploading;
  if (text == "processing") return Status::kProcessing;
  return text == "ready" ? Status::kReady : Status::kFailed;
}

Stage read_stage(const std::string& text) {
  return text == "probing" ? Stage::kProbing : Stage::kTranscoding;
}

Video read_video(const ports::Row& row) {
  Video video;
  video.id = row.id<base::VideoId>(0);
  video.author = {row.id<base::UserId>(1), row.text(2)};
  video.title = row.text(3);
  video.description = row.text(4);
  video.visibility = read_visibility(row.text(5));
  video.status = read_status(row.text(6));
  video.progress = row.optional_integer(7);
  // A ladder that failed after an early publication leaves its reason in the database, but the video is ready.
  if (video.status == Status::kFailed) video.failure = Failure{row.text(8), row.text(9)};
  video.rev = row.optional_text(10);
  video.playlist_key = row.optional_text(11);
  video.poster_key = row.optional_text(12);
  video.preview_key = row.optional_text(13);
  video.duration = row.optional_real(14);
  video.width = row.optional_integer(15);
  video.height = row.optional_integer(16);
  video.view_count = row.integer(17);
  video.like_count = row.integer(18);
  video.comment_count = row.integer(19);
  video.created_at = row.time(20);
  video.playable_at = row.optional_time(21);
  video.published_at = row.optional_time(22);
  video.uploaded_at = row.optional_time(23);
  return video;
}

ports::Statement select_video(base::VideoId id) {
  return ports::Statement(kSelect, id);
}

ports::Statement insert_video(const NewVideo& video) {
  return ports::Statement(kInsert, video.id, video.owner, video.title, video.description, to_text(video.visibility))
      .must_touch(1);
}

ports::Statement delete_video(base::VideoId id) {
  return ports::Statement(kDelete, id).must_touch(1);
}

ports::Statement start_processing(base::VideoId id) {
  return ports::Statement(kStartProcessing, id).must_touch(1);
}

ports::Statement set_progress(base::VideoId id, Stage stage, int percent) {
  return ports::Statement(kSetProgress, id, to_text(stage), percent).must_touch(1);
}

ports::Statement give_up(base::VideoId id, const Failure& failure) {
  return ports::Statement(kGiveUp, id, failure.code, failure.detail).must_touch(1);
}

std::vector<ports::Statement> publish(const Publication& publication) {
  const auto& p = publication;
  auto statements = ports::unit(ports::Statement(kPublish, p.id, p.rev, p.playlist_key, p.poster_key, p.preview_key,
                                                 p.duration, p.width, p.height, p.complete ? 1 : 0, p.replaces)
                                    .must_touch(1),
                                ports::Statement(kDeleteFiles, p.id));
  for (const auto& file : p.files) {
    statements.push_back(
        ports::Statement(kInsertFile, p.id, file.quality, file.key, file.width, file.height, file.bitrate)
            .must_touch(1));
  }
  return statements;
}

ports::Statement update_video(base::VideoId id, const Edit& edit, Which which) {
  const auto visibility = edit.visibility ? std::optional(std::string(to_text(*edit.visibility))) : std::nullopt;
  return ports::Statement(kUpdate, id, edit.title, edit.description, visibility, static_cast<int>(which)).must_touch(1);
}

ports::Statement lock_videos(const std::set<base::VideoId>& ids) {
  const std::vector<base::VideoId> list(ids.begin(), ids.end());
  return ports::Statement(kLockVideos, ports::id_list(std::span(list)));
}

ports::Statement lock_jobs_of_video(base::VideoId id) {
  return ports::Statement(kLockJobs, id);
}

ports::Statement delete_any_video(base::VideoId id) {
  return ports::Statement(kDeleteAny, id).must_touch(1);
}

ports::Statement update_revision(base::VideoId id, const std::string& from, const RevisionKeys& to) {
  return ports::Statement(kUpdateRevision, id, from, to.rev, to.playlist, to.poster, to.preview).must_touch(1);
}

ports::Statement move_files(base::VideoId id, const std::string& from_prefix, const std::string& to_prefix) {
  return ports::Statement(kMoveFiles, id, from_prefix, to_prefix);
}

}  // namespace luot::videos
