#include "features/uploads/uploads_store.hpp"

namespace luot::uploads {
namespace {

// Before the count: two that come at once cannot both take the last place. SQLite writes one unit at a time anyway.
#define LUOT_USER "select id from users where id = $1"
constexpr ports::Sql kLockQuota{"lock_quota", LUOT_USER, LUOT_USER " for no key update"};
constexpr ports::Sql kCount{"count_upload", R"(
  insert into uploads_begun (user_id, begun_at, video_id, size)
  select $1, now(), $2, cast($3 as bigint)
  from (select count(*) as uploads, coalesce(sum(size), 0) as bytes from uploads_begun
        where user_id = $1 and begun_at > seconds_from_now($6)) as day
  where day.uploads < $4 and day.bytes + $3 <= $5)"};

constexpr ports::Sql kBegun{"uploads_begun", R"(
  select begun_at, size, now() from uploads_begun
  where user_id = $1 and begun_at > seconds_from_now($2) order by begun_at)"};

constexpr ports::Sql kForgetCounts{"forget_old_counts", R"(
  delete from uploads_begun where begun_at <= seconds_from_now($1))"};

constexpr ports::Sql kInsert{"insert_upload", R"(
  insert into uploads (video_id, object_key, filename, content_type, size, status, created_at, expires_at, next_look_at,
    part_size, part_count)
  values ($1, $2, $3, $4, $5, 'open', now(), seconds_from_now($6), seconds_from_now($7), $8, $9))"};

constexpr ports::Sql kSelect{"upload_by_video", R"(
  select object_key, content_type, size, expires_at, part_size, part_count, store_id,
    case when status = 'open' and expires_at <= now() then 'expired' else status end
  from uploads where video_id = $1)"};

constexpr ports::Sql kSetStoreId{"set_store_id", R"(
  update uploads set store_id = $2 where video_id = $1 and status = 'open' and store_id is null)"};

constexpr ports::Sql kComplete{"complete_upload", R"(
  update uploads set status = 'completed', completed_at = now()
  where video_id = $1 and status = 'open')"};

constexpr ports::Sql kDue{"due_uploads", R"(
  select video_id, case when expires_at <= now() then 1 else 0 end from uploads
  where status = 'open' and next_look_at <= now() order by next_look_at limit 100)"};

constexpr ports::Sql kLookAgain{"look_again_later", R"(
  update uploads set next_look_at = seconds_from_now($2) where video_id = $1 and status = 'open')"};

constexpr double kFirstLook = 600;  // seconds; a client that is there says so itself
constexpr double kNextLook = 1800;
constexpr double kDayAgo = -std::chrono::duration<double>(kQuotaWindow).count();

UploadStatus read_status(const std::string& text) {
  if (text == "open") return UploadStatus::kOpen;
  return text == "completed" ? UploadStatus::kCompleted : UploadStatus::kExpired;
}

}  // namespace

ports::Statement lock_quota(base::UserId owner) {
  return ports::Statement(kLockQuota, owner);
}

ports::Statement count_upload(base::UserId owner, base::VideoId id, std::int64_t size, const UploadLimits& limits) {
  return ports::Statement(kCount, owner, id, size, limits.per_day, limits.bytes_per_day, kDayAgo).must_touch(1);
}

ports::Statement select_begun(base::UserId owner) {
  return ports::Statement(kBegun, owner, kDayAgo);
}

ports::Statement forget_old_counts() {
  return ports::Statement(kForgetCounts, kDayAgo);
}

ports::Statement insert_upload(base::VideoId id, const std::string& key, const NewUpload& upload,
                               const std::optional<PartPlan>& plan, std::chrono::seconds life) {
  const auto part_size = plan ? std::optional(plan->part_size) : std::nullopt;
  const auto part_count = plan ? std::optional(plan->part_count) : std::nullopt;
  return ports::Statement(kInsert, id, key, upload.filename, upload.content_type, upload.size,
                          static_cast<double>(life.count()), kFirstLook, part_size, part_count)
      .must_touch(1);
}

ports::Statement select_upload(base::VideoId id) {
  return ports::Statement(kSelect, id);
}

Upload read_upload(const ports::Row& row) {
  Upload upload;
  upload.object_key = row.text(0);
  upload.content_type = row.text(1);
  upload.size = row.integer(2);
  upload.expires_at = row.time(3);
  if (!row.is_null(4)) upload.plan = PartPlan{upload.size, row.integer(4), row.integer(5)};
  upload.store_id = row.optional_text(6);
  upload.status = read_status(row.text(7));
  return upload;
}

ports::Statement set_store_id(base::VideoId id, const std::string& store_id) {
  return ports::Statement(kSetStoreId, id, store_id).must_touch(1);
}

ports::Statement select_due_uploads() {
  return ports::Statement(kDue);
}

ports::Statement look_again_later(base::VideoId id) {
  return ports::Statement(kLookAgain, id, kNextLook).must_touch(1);
}

ports::Statement complete_upload(base::VideoId id) {
  return ports::Statement(kComplete, id).must_touch(1);
}

}  // namespace luot::uploads
