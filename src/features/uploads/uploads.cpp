#include "features/uploads/uploads.hpp"

#include "base/log.hpp"
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
// Of the parts, before an upload that changes all the time is told to be incomplete.
constexpr int kMostLooks = 5;
// What a call wrote that did not come to its end goes after this.
constexpr std::chrono::hours kAbandoned{24};

bool is_acceptable(std::string_view content_type) {
  const auto type = base::to_lower_ascii(content_type);
  const bool token = std::ranges::all_of(type, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '/' || c == '.' || c == '+' || c == '-';
  });
  return token &&
         ((type.starts_with("video/") && type.size() > 6) || type == "image/gif" || type == "application/octet-stream");
}

// A name that nobody can guess, in a folder of its own, which can be doomed.
std::string new_original(base::VideoId id) {
  return videos::original_prefix(id) + base::random_name() + "/source";
}

std::string folder_of(const std::string& key) {
  return key.substr(0, key.rfind('/') + 1);
}

std::optional<Error> check_size(const std::optional<ports::ObjectInfo>& object, std::int64_t size) {
  if (!object) {
    return Error{ErrorKind::kConflict, "upload_incomplete", "The file has not been uploaded to its URL yet.", {}};
  }
  if (std::cmp_equal(object->size, size)) return std::nullopt;
  return Error{
      ErrorKind::kConflict, "upload_size_mismatch", "The uploaded file has another size than was announced.", {}};
}

Error parts_missing(std::int64_t missing, std::int64_t all) {
  return {ErrorKind::kConflict,
          "upload_incomplete",
          std::to_string(missing) + " of " + std::to_string(all) + " parts are missing.",
          {}};
}

}  // namespace

Error upload_closed() {
  return {ErrorKind::kConflict, "upload_closed", "This upload is over.", {}};
}

Error upload_expired() {
  return {ErrorKind::kGone, "upload_expired", "The upload's time is over; begin a new one.", {}};
}

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

std::int64_t Uploads::largest_file() const {
  return std::min(limits_.max_size, limits_.bytes_per_day);
}

Task<Result<Ticket>> Uploads::begin(base::Viewer owner, NewUpload upload) {
  if (!is_acceptable(upload.content_type)) {
    co_return Error{ErrorKind::kUnsupportedType,
                    "unsupported_media_type",
                    "content_type must be video/*, image/gif or application/octet-stream.",
                    {}};
  }
  const auto largest = largest_file();
  if (upload.size > largest) {
    co_return Error{ErrorKind::kTooLarge,
                    "upload_too_large",
                    "A video may have at most " + std::to_string(largest) + " bytes.",
                    {}};
  }
  const auto plan = upload.size > limits_.multipart_above ? plan_parts(upload.size) : std::nullopt;
  // Parts need room beside the whole that is made of them.
  co_await store_.require_room(static_cast<std::uint64_t>(plan ? 2 * upload.size : upload.size));
  const auto now = clock_.now();
  const auto id = base::VideoId::make(now);
  const auto life = plan ? kPartsLife : kUrlLife;
  const auto key = plan ? new_original(id) : videos::upload_prefix(id) + base::random_name();
  videos::NewVideo new_video{id, owner.id, upload.title, upload.description, upload.visibility};
  const auto outcome = co_await database_.atomically(ports::unit(
      lock_quota(owner.id), count_upload(owner.id, id, upload.size, limits_), videos::insert_video(new_video),
      insert_upload(id, key, upload, plan, life), reclaim::doom(folder_of(key), life + kAfterUrls)));
  if (!outcome.done() && outcome.undone().reason == ports::Undone::Reason::kRowCount) {
    co_return co_await quota_exceeded(owner.id, upload.size);
  }
  if (!outcome.done()) {  // the token outlived its account
    co_return Error{ErrorKind::kUnauthenticated, "invalid_token", "This account is no more.", {}};
  }
  LUOT_CO_TRY(auto video, co_await videos_.find_visible(id, owner.id));
  Ticket ticket{std::move(video), {}, {}};
  if (plan) {
    ticket.parts = PartsTicket{*plan, now + life};
  } else {
    ticket.put = store_.sign_put(key, upload.content_type, static_cast<std::uint64_t>(upload.size), now + life);
  }
  co_return ticket;
}

// The first moment at which enough of the day's uploads are a day old is told as Retry-After.
Task<Error> Uploads::quota_exceeded(base::UserId owner, std::int64_t size) {
  const auto begun = co_await database_.read(select_begun(owner));
  auto count = std::ssize(begun.rows);
  std::int64_t bytes = 0;
  for (const auto& row : begun.rows)
    bytes += row.integer(1);
  std::chrono::microseconds wait{0};
  for (const auto& row : begun.rows) {
    if (count < limits_.per_day && bytes + size <= limits_.bytes_per_day) break;
    --count;
    bytes -= row.integer(1);
    wait = row.time(0) + kQuotaWindow - row.time(2);
  }
  Error error{ErrorKind::kTooMany,
              "upload_quota_exceeded",
              "At most " + std::to_string(limits_.per_day) + " uploads and " + std::to_string(limits_.bytes_per_day) +
                  " bytes may be begun within a day.",
              {}};
  error.retry_after = std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
  co_return error;
}

Task<Result<Upload>> Uploads::find(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto video, co_await videos_.find_owned(id, owner));
  const auto rows = co_await database_.read(select_upload(video.id));
  if (rows.empty()) co_return videos::video_not_found();
  co_return read_upload(rows[0]);
}

Task<Result<UploadState>> Uploads::state(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto upload, co_await find(id, owner));
  UploadState state{upload.status, upload.plan, {}};
  if (upload.status == UploadStatus::kCompleted) {
    for (std::int64_t number = 1; upload.plan && number <= upload.plan->part_count; ++number)
      state.received.push_back({number, upload.plan->size_of(number)});
    if (!upload.plan) state.received.push_back({1, upload.size});
  } else if (upload.plan) {
    const auto parts = co_await arrived(upload);
    for (const auto& part : parts)
      state.received.push_back({part.number, static_cast<std::int64_t>(part.size)});
  } else {
    const auto object = co_await store_.head(upload.object_key);
    if (object) state.received.push_back({1, static_cast<std::int64_t>(object->size)});
  }
  co_return state;
}

Task<Result<std::vector<ports::Part>>> Uploads::all_arrived(Upload upload) {
  std::vector<ports::Part> parts;
  if (upload.plan) {
    parts = co_await arrived(upload);
    const auto missing = upload.plan->part_count - std::ssize(parts);
    if (missing > 0) co_return parts_missing(missing, upload.plan->part_count);
  } else {
    const auto object = co_await store_.head(upload.object_key);
    if (auto error = check_size(object, upload.size)) co_return *error;
  }
  co_return parts;
}

// Makes an object to which no URL was ever signed that could still change it: what a client sends later changes
// nothing.
Task<Result<bool>> Uploads::pin(Upload upload, std::string original, std::vector<ports::Part> parts) {
  bool found = false;
  if (upload.plan) {
    const ports::Multipart multipart{upload.object_key, upload.store_id.value_or("")};
    found = co_await store_.complete_multipart(multipart, std::move(parts));
  } else {
    found = co_await store_.copy(upload.object_key, original);
  }
  const auto object = found ? co_await store_.head(original) : std::nullopt;
  if (auto error = check_size(object, upload.size)) co_return *error;
  co_return true;
}

Task<Result<bool>> Uploads::finish(base::VideoId id, Upload upload) {
  const auto original = upload.plan ? upload.object_key : new_original(id);
  LUOT_CO_TRY(auto parts, co_await all_arrived(upload));
  // What is written now goes again, whatever happens, unless the last unit spares it.
  const auto begun =
      co_await database_.atomically(ports::unit(look_again_later(id), reclaim::doom(folder_of(original), kAbandoned)));
  if (!begun.done()) co_return false;
  auto pinned = co_await pin(upload, original, parts);
  // A part that was sent once more since the look is another one, which the store does not take for what was listed.
  for (int looks = 1; !pinned && upload.plan && looks < kMostLooks; ++looks) {
    LUOT_CO_TRY(parts, co_await all_arrived(upload));
    pinned = co_await pin(upload, original, parts);
  }
  if (!pinned) co_return pinned.error();
  const auto job = base::JobId::make(clock_.now());
  // The video first, as where it is deleted: two units that lock rows in different order would wait for each other.
  const auto outcome = co_await database_.atomically(
      ports::unit(videos::start_processing(id), complete_upload(id),
                  jobs::enqueue(job, jobs::kTranscode, id, original, jobs::cost_of_first_turn(upload.size)),
                  reclaim::spare(folder_of(original))));
  // Undone where another call was first: then the state is what that one made, and so is an original made of parts.
  if (!upload.plan) co_await discard(outcome.done() ? upload.object_key : original);
  co_return outcome.done();
}

Task<Result<Video>> Uploads::complete(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto upload, co_await find(id, owner));
  if (upload.status != UploadStatus::kCompleted) {
    // Also of one whose time is over: what arrived in time counts, for the sweeper would complete it all the same.
    const auto finished = co_await finish(id, upload);
    if (!finished || !*finished) {
      // Another call may have completed it, and removed the object, since we looked.
      LUOT_CO_TRY(const auto again, co_await find(id, owner));
      if (again.status != UploadStatus::kCompleted) {
        if (!finished) co_return upload.status == UploadStatus::kExpired ? upload_expired() : finished.error();
        throw base::Unavailable("unavailable", "The upload is being looked at just now; try again shortly.");
      }
    }
  }
  co_return co_await videos_.find_owned(id, owner);
}

Task<void> Uploads::discard(std::string key) {
  try {
    co_await store_.remove_prefix(folder_of(key));
  } catch (const std::exception& e) {
    base::log::warning("objects not removed yet", {{"key", key}, {"error", e.what()}});
  }
}

Task<Result<bool>> Uploads::abort(base::VideoId id, base::UserId owner) {
  LUOT_CO_TRY(const auto upload, co_await find(id, owner));
  if (upload.status != UploadStatus::kOpen) co_return upload_closed();
  const auto outcome = co_await database_.atomically(ports::unit(videos::delete_video(id)));
  if (!outcome.done()) co_return upload_closed();
  co_await discard(upload.object_key);
  co_return true;
}

}  // namespace luot::uploads
