#include <set>

#include "base/log.hpp"
#include "features/reclaim/reclaim.hpp"
#include "features/videos/videos_store.hpp"

namespace luot::videos {
namespace {

using base::Result;
using base::Task;

constexpr std::chrono::hours kAbandoned{24};  // a copy that a crash cut off
constexpr int kTries = 3;

std::optional<std::string> moved(const std::optional<std::string>& key, const std::string& from,
                                 const std::string& to) {
  return key ? std::optional(to + key->substr(from.size())) : std::nullopt;
}

}  // namespace

// Copies the published objects under a new name and dooms the old ones, and those that were replaced before but live
// until their URLs have expired. False where another revision was published meanwhile.
Task<bool> Videos::rekey(Video video, Edit edit) {
  const auto rev = "r" + base::random_name();
  const auto from = rev_prefix(video.id, *video.rev);
  const auto to = rev_prefix(video.id, rev);
  const auto objects = co_await store_.list(video_prefix(video.id));
  co_await database_.atomically(ports::unit(reclaim::doom(to, kAbandoned)));
  std::set<std::string> others;
  for (const auto& key : objects) {
    if (key.starts_with(from)) {
      co_await store_.copy(key, to + key.substr(from.size()));
    } else {
      others.insert(key.substr(0, key.rfind('/') + 1));
    }
  }
  const RevisionKeys keys{rev, moved(video.playlist_key, from, to), moved(video.poster_key, from, to),
                          moved(video.preview_key, from, to)};
  auto statements = ports::unit(update_revision(video.id, *video.rev, keys), move_files(video.id, from, to),
                                update_video(video.id, edit, Which::kAny), reclaim::spare(to),
                                reclaim::doom(from, std::chrono::seconds(0)));
  const auto first_of_others = statements.size();
  for (const auto& other : others)
    statements.push_back(reclaim::hasten(other));
  const auto outcome = co_await database_.atomically(std::move(statements));
  if (!outcome.done()) co_return false;
  co_await remove_now(from);
  auto statement = first_of_others;
  for (const auto& other : others) {
    if (outcome[statement++].touched > 0) co_await remove_now(other);
  }
  co_return true;
}

// Doomed objects need not wait for the reclaimer, which finds what this leaves.
Task<void> Videos::remove_now(std::string prefix) {
  try {
    co_await store_.remove_prefix(prefix);
  } catch (const std::exception& e) {
    base::log::warning("objects not removed yet", {{"prefix", prefix}, {"error", e.what()}});
  }
}

Task<Result<Video>> Videos::edit(base::VideoId id, base::UserId viewer, Edit edit) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    LUOT_CO_TRY(const auto video, co_await find_owned(id, viewer));
    const bool taken_back = edit.visibility == Visibility::kPrivate && video.visibility != Visibility::kPrivate;
    if (taken_back && video.rev) {
      const bool done = co_await rekey(video, edit);
      if (done) co_return co_await find_owned(id, viewer);
      continue;
    }
    // Where a revision was published since we looked, or the video was made public, it has to be taken back after all.
    const auto which = taken_back                                ? Which::kUnpublished
                       : edit.visibility == Visibility::kPrivate ? Which::kPrivate
                                                                 : Which::kAny;
    auto update = update_video(id, edit, which);
    const auto outcome = co_await database_.atomically(ports::unit(std::move(update)));
    if (outcome.done()) co_return co_await find_owned(id, viewer);
  }
  throw base::Unavailable("unavailable", "The video is being published just now; try again shortly.");
}

Task<Result<bool>> Videos::remove(base::VideoId id, base::UserId viewer) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await find_owned(id, viewer));
  const auto now = std::chrono::seconds(0);
  // Its uploads are doomed since they began: until their URLs have expired, a client can still write there.
  const auto outcome = co_await database_.atomically(ports::unit(lock_jobs_of_video(id), delete_any_video(id),
                                                                 reclaim::doom(video_prefix(id), now),
                                                                 reclaim::doom(original_prefix(id), now)));
  if (!outcome.done()) co_return video_not_found();
  co_await remove_now(video_prefix(id));
  co_await remove_now(original_prefix(id));
  co_await remove_now(upload_prefix(id));
  co_return true;
}

}  // namespace luot::videos
