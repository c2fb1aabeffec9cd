// Direct uploads: signed URLs for the client, one or one a part, and the moment when its bytes become a video to be
// processed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/result.hpp"
#include "base/viewer.hpp"
#include "features/uploads/part_plan.hpp"
#include "features/videos/videos.hpp"
#include "ports/clock.hpp"
#include "ports/object_store.hpp"

namespace luot::uploads {

inline constexpr std::chrono::hours kUrlLife{6};
inline constexpr std::chrono::hours kPartsLife{24};  // of an upload in parts, over all resumptions
inline constexpr std::chrono::hours kPartUrlLife{1};
inline constexpr std::chrono::hours kQuotaWindow{24};
inline constexpr std::size_t kMostPartsAsked = 100;

struct UploadLimits {
  std::int64_t max_size = 4LL << 30;          // bytes
  std::int64_t multipart_above = 64LL << 20;  // bytes; up to it, one PUT
  // Of a user in kQuotaWindow. What was begun counts, also when it is aborted, expires, or is deleted later.
  std::int64_t per_day = 100;
  std::int64_t bytes_per_day = 64LL << 30;
  // Of a video. Only told here, so that nobody sends a long one for nothing; its processing finds out.
  std::int64_t longest = 600;  // seconds
};

struct NewUpload {
  std::string title;
  std::string description;
  videos::Visibility visibility{};
  std::string filename;
  std::string content_type;
  std::int64_t size = 0;
};

struct PartsTicket {
  PartPlan plan;
  base::Time expires_at;
};

struct Ticket {
  videos::Video video;
  std::optional<PartsTicket> parts;
  ports::SignedRequest put;  // where there are no parts
};

struct SignedPart {
  std::int64_t number = 0;
  ports::SignedRequest request;
};

enum class UploadStatus { kOpen, kCompleted, kExpired };
std::string_view to_text(UploadStatus status);

struct Upload {
  std::string object_key;  // where one PUT writes, or what the parts are put together to
  std::string content_type;
  std::int64_t size = 0;
  base::Time expires_at;
  std::optional<PartPlan> plan;         // absent: one PUT
  std::optional<std::string> store_id;  // of an upload in parts, once one was asked for
  UploadStatus status{};
};

struct ReceivedPart {
  std::int64_t number = 0;
  std::int64_t size = 0;
};

// What the store holds of an upload so far. One PUT counts as part 1.
struct UploadState {
  UploadStatus status{};
  std::optional<PartPlan> plan;
  std::vector<ReceivedPart> received;
};

class Uploads {
 public:
  Uploads(ports::Database& database, ports::ObjectStore& store, videos::Videos& videos, const ports::Clock& clock,
          UploadLimits limits);

  [[nodiscard]] std::int64_t largest_file() const;                              // bytes
  [[nodiscard]] std::int64_t longest_video() const { return limits_.longest; }  // seconds

  // Errors: 415 unsupported_media_type, 413 upload_too_large, 429 upload_quota_exceeded.
  base::Task<base::Result<Ticket>> begin(base::Viewer owner, NewUpload upload);
  // Errors: 409 upload_not_multipart, upload_closed; 410 upload_expired; 422 for numbers that the upload does not have.
  base::Task<base::Result<std::vector<SignedPart>>> sign_parts(base::VideoId id, base::UserId owner,
                                                               std::vector<std::int64_t> numbers);
  base::Task<base::Result<UploadState>> state(base::VideoId id, base::UserId owner);
  // Idempotent. Errors: 409 upload_incomplete, upload_size_mismatch; 410 upload_expired.
  base::Task<base::Result<videos::Video>> complete(base::VideoId id, base::UserId owner);
  // What the store says it got: an upload whose object is there is completed, as by complete(). Keys that this server
  // did not issue are nobody's.
  base::Task<void> look_at_keys(std::vector<std::string> keys);
  // The video is gone. Error: 409 upload_closed.
  base::Task<base::Result<bool>> abort(base::VideoId id, base::UserId owner);

  // Completes what was uploaded without a word, and forgets what never came, until it is cancelled.
  base::Task<void> run_sweeper();

 private:
  base::Task<void> sweep();
  base::Task<void> look_at(base::VideoId id, bool expired);
  base::Task<void> look_at_key(std::string key);
  base::Task<base::Result<Upload>> find(base::VideoId id, base::UserId owner);
  base::Task<base::Error> quota_exceeded(base::UserId owner, std::int64_t size);
  // Pins what was uploaded and begins to process it; false where another call was first. Errors: upload_incomplete,
  // upload_size_mismatch.
  base::Task<base::Result<bool>> finish(base::VideoId id, Upload upload);
  base::Task<base::Result<bool>> pin(Upload upload, std::string original, std::vector<ports::Part> parts);
  // Nobody needs its bytes: what cannot be removed now is left to the reclaimer.
  base::Task<void> discard(std::string key);

  // Of uploads in parts.
  base::Task<base::Result<ports::Multipart>> known_to_store(base::VideoId id, Upload upload);
  base::Task<std::vector<ports::Part>> arrived(Upload upload);
  // All parts. Errors: as finish().
  base::Task<base::Result<std::vector<ports::Part>>> all_arrived(Upload upload);

  ports::Database& database_;
  ports::ObjectStore& store_;
  videos::Videos& videos_;
  const ports::Clock& clock_;
  const UploadLimits limits_;
};

base::Error upload_closed();
base::Error upload_expired();

// POST /videos/upload, POST /videos/{id}/upload/parts and /complete, GET and DELETE /videos/{id}/upload
void add_routes(http::Router& router, Uploads& uploads);

// POST /storage/events: the store's own word of uploads. Each of `tokens` proves the sender.
struct Notifications {
  Uploads& uploads;
  std::vector<std::string> tokens;
};
void add_routes(http::Router& router, Notifications& notifications);

}  // namespace luot::uploads
