#include "features/uploads/uploads.hpp"
#include "features/uploads/uploads_store.hpp"

namespace luot::uploads {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;

// The store hears of an upload when the first part is asked for. What it began for a call that a crash cut off lies
// below the upload's prefix, which is doomed since the upload began.
Task<Result<ports::Multipart>> Uploads::known_to_store(base::VideoId id, Upload upload) {
  if (upload.store_id) co_return ports::Multipart{upload.object_key, *upload.store_id};
  auto begun = co_await store_.begin_multipart(upload.object_key, upload.content_type);
  const auto outcome = co_await database_.atomically(ports::unit(set_store_id(id, begun.id)));
  if (outcome.done()) co_return begun;
  co_await store_.abort_multipart(begun);
  const auto rows = co_await database_.read(select_upload(id));
  if (rows.empty()) co_return videos::video_not_found();
  const auto now = read_upload(rows[0]);
  if (!now.store_id) co_return upload_closed();
  co_return ports::Multipart{now.object_key, *now.store_id};
}

Task<Result<std::vector<SignedPart>>> Uploads::sign_parts(base::VideoId id, base::UserId owner,
                                                          std::vector<std::int64_t> numbers) {
  LUOT_CO_TRY(const auto upload, co_await find(id, owner));
  if (!upload.plan) {
    co_return Error{ErrorKind::kConflict, "upload_not_multipart", "This upload is one PUT, without parts.", {}};
  }
  const auto& plan = *upload.plan;
  if (std::ranges::any_of(numbers, [&plan](std::int64_t number) { return plan.size_of(number) == 0; })) {
    co_return base::invalid_field("parts", "invalid",
                                  "must be from 1 to " + std::to_string(plan.part_count) + " in this upload.");
  }
  if (upload.status == UploadStatus::kCompleted) co_return upload_closed();
  if (upload.status == UploadStatus::kExpired) co_return upload_expired();
  LUOT_CO_TRY(const auto multipart, co_await known_to_store(id, upload));
  const auto expires_at = std::min(clock_.now() + kPartUrlLife, upload.expires_at);
  std::vector<SignedPart> parts;
  parts.reserve(numbers.size());
  for (const auto number : numbers) {
    const auto size = static_cast<std::uint64_t>(plan.size_of(number));
    parts.push_back({number, store_.sign_part(multipart, number, upload.content_type, size, expires_at)});
  }
  co_return parts;
}

Task<std::vector<ports::Part>> Uploads::arrived(Upload upload) {
  std::vector<ports::Part> parts;
  if (!upload.store_id) co_return parts;
  const ports::Multipart multipart{upload.object_key, *upload.store_id};
  parts = co_await store_.list_parts(multipart);
  if (std::cmp_equal(parts.size(), upload.plan->part_count)) co_return parts;
  // Put together already, by a call that did not get to tell the database?
  const auto whole = co_await store_.head(upload.object_key);
  if (!whole) co_return parts;
  parts.clear();
  for (std::int64_t number = 1; number <= upload.plan->part_count; ++number)
    parts.push_back({number, static_cast<std::uint64_t>(upload.plan->size_of(number)), ""});
  co_return parts;
}

}  // namespace luot::uploads
