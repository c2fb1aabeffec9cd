// Direct uploads: a signed URL for the client, and the moment when its bytes become a video to be processed.
#pragma once

#include <chrono>
#include <string>

#include "base/async.hpp"
#include "base/result.hpp"
#include "base/viewer.hpp"
#include "features/videos/videos.hpp"
#include "ports/clock.hpp"
#include "ports/object_store.hpp"

namespace luot::uploads {

inline constexpr std::chrono::hours kUrlLife{6};

struct UploadLimits {
  std::int64_t max_size = 4LL * 1024 * 1024 * 1024;  // bytes
};

struct NewUpload {
  std::string title;
  std::string description;
  videos::Visibility visibility{};
  std::string filename;
  std::string content_type;
  std::int64_t size = 0;
};

struct Ticket {
  videos::Video video;
  ports::SignedRequest request;
};

enum class UploadStatus { kOpen, kCompleted, kExpired };
std::string_view to_text(UploadStatus status);

struct Upload {
  std::string object_key;
  std::int64_t size = 0;
  UploadStatus status{};
};

// What the store holds of an upload so far.
struct UploadState {
  UploadStatus status{};
  std::optional<std::int64_t> received;  // bytes, once they are all there
};

class Uploads {
 public:
  Uploads(ports::Database& database, ports::ObjectStore& store, videos::Videos& videos, const ports::Clock& clock,
          UploadLimits limits);

  // Errors: 415 unsupported_media_type, 413 upload_too_large.
  base::Task<base::Result<Ticket>> begin(base::Viewer owner, NewUpload upload);
  base::Task<base::Result<UploadState>> state(base::VideoId id, base::UserId owner);
  // Idempotent. Errors: 409 upload_incomplete, upload_size_mismatch, upload_closed; 410 upload_expired.
  base::Task<base::Result<videos::Video>> complete(base::VideoId id, base::UserId owner);
  // The video is gone. Error: 409 upload_closed.
  base::Task<base::Result<bool>> abort(base::VideoId id, base::UserId owner);

  // Completes what was uploaded without a word, and forgets what never came, until it is cancelled.
  base::Task<void> run_sweeper();

 private:
  base::Task<void> sweep();
  base::Task<void> look_at(base::VideoId id, bool expired);
  // Pins what was uploaded and begins to process it. Errors: upload_incomplete, upload_size_mismatch.
  base::Task<base::Result<bool>> finish(base::VideoId id, Upload upload);
  base::Task<base::Result<Upload>> find(base::VideoId id, base::UserId owner);
  base::Task<base::Result<std::string>> pin(base::VideoId id, const Upload& upload);

  ports::Database& database_;
  ports::ObjectStore& store_;
  videos::Videos& videos_;
  const ports::Clock& clock_;
  const UploadLimits limits_;
};

// POST /videos/upload, POST /videos/{id}/upload/complete, GET and DELETE /videos/{id}/upload
void add_routes(http::Router& router, Uploads& uploads);

}  // namespace luot::uploads
