#include "features/uploads/uploads_store.hpp"

namespace luot::uploads {
namespace {

constexpr ports::Sql kInsert{"insert_upload", R"(
  insert into uploads (video_id, object_key, filename, content_type, size, status, created_at, expires_at, next_look_at)
  values ($1, $2, $3, $4, $5, 'open', now(), seconds_from_now($6), seconds_from_now($7)))"};

constexpr ports::Sql kSelect{"upload_by_video", R"(
  select object_key, size, case when status = 'open' and expires_at <= now() then 'expired' else status end
  from uploads where video_id = $1)"};

constexpr ports::Sql kComplete{"complete_upload", R"(
  update uploads set status = 'completed', completed_at = now()
  where video_id = $1 and status = 'open')"};

constexpr ports::Sql kDue{"due_uploads", R"(
  select video_id, case when expires_at <= now() then 1 else 0 end from uploads
  where status = 'open' and next_look_at <= now() order by next_look_at limit 100)"};

constexpr ports::Sql kLookAgain{"look_again_later", R"(
  update uploads set next_look_at = seconds_from_now($2) where video_id = $1)"};

constexpr double kFirstLook = 600;  // seconds; a client that is there says so itself
constexpr double kNextLook = 1800;

UploadStatus read_status(const std::string& text) {
  if (text == "open") return UploadStatus::kOpen;
  return text == "completed" ? UploadStatus::kCompleted : UploadStatus::kExpired;
}

}  // namespace

ports::Statement insert_upload(base::VideoId id, const std::string& key, const NewUpload& upload,
                               std::chrono::seconds life) {
  return ports::Statement(kInsert, id, key, upload.filename, upload.content_type, upload.size,
                          static_cast<double>(life.count()), kFirstLook)
      .must_touch(1);
}

ports::Statement select_upload(base::VideoId id) {
  return ports::Statement(kSelect, id);
}

Upload read_upload(const ports::Row& row) {
  return {row.text(0), row.integer(1), read_status(row.text(2))};
}

ports::Statement select_due_uploads() {
  return ports::Statement(kDue);
}

ports::Statement look_again_later(base::VideoId id) {
  return ports::Statement(kLookAgain, id, kNextLook);
}

ports::Statement complete_upload(base::VideoId id) {
  return ports::Statement(kComplete, id).must_touch(1);
}

}  // namespace luot::uploads
