#include "features/uploads/uploads.hpp"

#include "base/text.hpp"
#include "features/jobs/jobs.hpp"
#include "features/reclaim/reclaim.hpp"
#include "features/uploads/uploads_store.hpp"

namespace luot::uploads {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
using videos::Video;

// Whatever a URL let a client write is removed this long after the URL has expired, used or not.
constexpr std::chrono::hours kAfterUrls{1};

bool is_acceptable(std::string_view content_type) {
  const auto type = base::to_lower_ascii(content_type);
  const bool token = std::ranges::all_of(type, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '/' || c == '.' || c == '+' || c == '-';
  });
  return token &&
         ((type.starts_with("video/") && type.size() > 6) || type == "image/gif" || type == "application/octet-stream");
}

Error upload_closed() {
  return {ErrorKind::kConflict, "upload_closed", "This upload is over.", {}};
}

}  // namespace

std::string_view to_text(UploadStatus status) {
  switch (status) {
    case UploadStatus::kOpen:
      return "open";
    case UploadStatus::kCompleted:
      return "completed";
    case UploadStatus::kExpired:
      return "expired";
  }
  return "";
}

Uploads::Uploads(ports::Database& database, ports::ObjectStore& store, videos::Videos& videos,
                 const ports::Clock& clock, UploadLimits limits)
    : database_(database), store_(store), videos_(videos), clock_(clock), limits_(limits) {
}

Task<Result<Ticket>> Uploads::begin(base::Viewer owner, NewUpload upload) {
  if (!is_acceptable(upload.content_type)) {
    co_return Error{ErrorKind::kUnsupportedType,
                    "unsupported_media_type",
                    "content_type must be video/*, image/gif or application/octet-stream.",
                    {}};
  }
  if (upload.size > limits_.max_size) {
    co_return Error{ErrorKind::kTooLarge,
                    "upload_too_large",
                    "A video may have at most " + std::to_string(limits_.max_size) + " bytes.",
                    {}};
  }
  const auto now = clock_.now();
  const auto id = base::VideoId::make(now);
  const std::string key = videos::upload_prefix(id) + base::random_name();
  videos::NewVideo new_video{id, owner.id, upload.title, upload.description, upload.visibility};
  const auto outcome = co_await database_.atomically(
      ports::unit(videos::insert_video(new_video), insert_upload(id, key, upload, kUrlLife),
                  reclaim::doom(videos::upload_prefix(id), kUrlLife + kAfterUrls)));
  if (!outcome.done()) {  // the token outlived its account
    co_return Error{ErrorKind::kUnauthenticated, "invalid_token", "This account is no more.", {}};
  }
  LUOT_CO_TRY(auto video, co_await videos_.find_visible(id, owner.id));
  auto request = store_.sign_put(key, upload.content_type, static_cast<std::uint64_t>(upload.size), now + kUrlLife);
  co_return Ticket{std::move(video), std::move(request)};
}

Task<Result<Upload>> Uploads::find(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto video, co_await videos_.find_owned(id, owner));
  const auto rows = co_await database_.read(select_upload(video.id));
  if (rows.empty()) co_return videos::video_not_found();
  co_return read_upload(rows[0]);
}

Task<Result<UploadState>> Uploads::state(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto upload, co_await find(id, owner));
  if (upload.status == UploadStatus::kCompleted) co_return UploadState{upload.status, upload.size};
  const auto object = co_await store_.head(upload.object_key);
  co_return UploadState{upload.status, object ? std::optional(static_cast<std::int64_t>(object->size)) : std::nullopt};
}

// Copies what was uploaded to a new key, for which no URL was ever signed: a PUT that comes later changes nothing.
Task<Result<std::string>> Uploads::pin(base::VideoId id, const Upload& upload) {
  const auto original = videos::original_prefix(id) + base::random_name();
  const bool found = co_await store_.copy(upload.object_key, original);
  if (!found) {
    co_return Error{ErrorKind::kConflict, "upload_incomplete", "The file has not been uploaded to its URL yet.", {}};
  }
  const auto copied = co_await store_.head(original);
  if (!copied || std::cmp_not_equal(copied->size, upload.size)) {
    co_return Error{
        ErrorKind::kConflict, "upload_size_mismatch", "The uploaded file has another size than was announced.", {}};
  }
  co_return original;
}

Task<Result<bool>> Uploads::finish(base::VideoId id, Upload upload) {
  LUOT_CO_TRY(const auto original, co_await pin(id, upload));
  const auto job = base::JobId::make(clock_.now());
  const auto outcome = co_await database_.atomically(ports::unit(complete_upload(id), videos::start_processing(id),
                                                                 jobs::enqueue(job, jobs::kTranscode, id, original)));
  // Undone where another call was first: then the state is what that one made.
  if (outcome.done()) co_await store_.remove(upload.object_key);
  co_return true;
}

Task<Result<Video>> Uploads::complete(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto upload, co_await find(id, owner));
  if (upload.status == UploadStatus::kExpired) {
    co_return Error{ErrorKind::kGone, "upload_expired", "The upload's time is over; begin a new one.", {}};
  }
  if (upload.status == UploadStatus::kOpen) {
    const auto finished = co_await finish(id, upload);
    if (!finished) {
      // Another call may have completed it, and removed the object, since we looked.
      LUOT_CO_TRY(const auto again, co_await find(id, owner));
      if (again.status != UploadStatus::kCompleted) co_return finished.error();
    }
  }
  co_return co_await videos_.find_owned(id, owner);
}

Task<Result<bool>> Uploads::abort(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto upload, co_await find(id, owner));
  if (upload.status != UploadStatus::kOpen) co_return upload_closed();
  const auto outcome = co_await database_.atomically(ports::unit(videos::delete_video(id)));
  if (!outcome.done()) co_return upload_closed();
  co_await store_.remove(upload.object_key);
  co_return true;
}

}  // namespace luot::uploads
