#include "features/videos/videos.hpp"

#include <boost/json/value.hpp>

#include "features/videos/videos_store.hpp"

namespace luot::videos {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
namespace json = boost::json;

json::value time_or_null(const std::optional<base::Time>& time) {
  return time ? json::value(base::format_rfc3339(*time)) : json::value(nullptr);
}

template <typename T>
json::value value_or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

}  // namespace

std::string_view to_text(Status status) {
  switch (status) {
    case Status::kUploading:
      return "uploading";
    case Status::kProcessing:
      return "processing";
    case Status::kReady:
      return "ready";
    case Status::kFailed:
      return "failed";
  }
  return "";
}

std::string_view to_text(Stage stage) {
  return stage == Stage::kProbing ? "probing" : "transcoding";
}

std::string_view to_text(Visibility visibility) {
  switch (visibility) {
    case Visibility::kPublic:
      return "public";
    case Visibility::kUnlisted:
      return "unlisted";
    case Visibility::kPrivate:
      return "private";
  }
  return "";
}

bool may_see(const Video& video, std::optional<base::UserId> viewer) {
  if (viewer == video.author.id) return true;
  return video.playable_at && video.visibility != Visibility::kPrivate;
}

bool is_listed(const Video& video) {
  return video.status == Status::kReady && video.visibility == Visibility::kPublic;
}

Error video_not_found() {
  return {ErrorKind::kNotFound, "video_not_found", "There is no such video.", {}};
}

Task<std::optional<Video>> Videos::find(base::VideoId id) {
  const auto rows = co_await database_.read(select_video(id));
  co_return rows.empty() ? std::nullopt : std::optional(read_video(rows[0]));
}

Task<Result<Video>> Videos::find_visible(base::VideoId id, std::optional<base::UserId> viewer) {
  auto video = co_await find(id);
  if (!video || !may_see(*video, viewer)) co_return video_not_found();
  co_return *std::move(video);
}

Task<Result<Video>> Videos::find_owned(base::VideoId id, base::UserId viewer) {
  LUOT_CO_TRY(auto video, co_await find_visible(id, viewer));
  if (video.author.id != viewer) {
    co_return Error{ErrorKind::kForbidden, "forbidden", "This video is somebody else's.", {}};
  }
  co_return video;
}

std::string video_prefix(base::VideoId id) {
  return "videos/" + id.str() + "/";
}

std::string rev_prefix(base::VideoId id, const std::string& rev) {
  return video_prefix(id) + rev + "/";
}

std::string upload_prefix(base::VideoId id) {
  return "uploads/" + id.str() + "/";
}

std::string original_prefix(base::VideoId id) {
  return "originals/" + id.str() + "/";
}

json::object to_json(const Video& video) {
  json::value failure = nullptr;
  if (video.failure) failure = {{"code", video.failure->code}, {"detail", video.failure->detail}};
  return {{"id", video.id.str()},
          {"title", video.title},
          {"description", video.description},
          {"status", to_text(video.status)},
          {"failure", std::move(failure)},
          {"progress", value_or_null(video.progress)},
          {"visibility", to_text(video.visibility)},
          {"author", users::to_json(video.author)},
          {"duration", value_or_null(video.duration)},
          {"width", value_or_null(video.width)},
          {"height", value_or_null(video.height)},
          {"view_count", video.view_count},
          {"like_count", video.like_count},
          {"comment_count", video.comment_count},
          {"created_at", base::format_rfc3339(video.created_at)},
          {"uploaded_at", time_or_null(video.uploaded_at)},
          {"playable_at", time_or_null(video.playable_at)},
          {"ready_at", time_or_null(video.published_at)},
          {"published_at", time_or_null(video.published_at)}};
}

}  // namespace luot::videos
