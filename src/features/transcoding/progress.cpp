#include "features/transcoding/progress.hpp"

#include "features/transcoding/transcoding_store.hpp"

namespace luot::transcoding {
namespace {

namespace json = boost::json;
using base::Result;
using base::Task;
using videos::Status;

std::string_view stage_name(const Progress& progress) {
  return progress.stage ? videos::to_text(*progress.stage) : std::string_view("queued");
}

std::string_view event_name(const Progress& progress) {
  return progress.status == Status::kProcessing ? stage_name(progress) : videos::to_text(progress.status);
}

std::optional<std::int64_t> shown_percent(const Progress& progress) {
  const bool shown = progress.status == Status::kProcessing && progress.stage == videos::Stage::kTranscoding;
  return shown ? std::optional(progress.percent) : std::nullopt;
}

std::optional<std::int64_t> shown_position(const Progress& progress) {
  const bool waits = progress.status == Status::kProcessing && !progress.stage;
  return waits ? std::optional(progress.queue_position) : std::nullopt;
}

json::object to_json(const Progress& progress) {
  const auto percent = shown_percent(progress);
  const auto position = shown_position(progress);
  json::object data{{"status", videos::to_text(progress.status)}, {"stage", nullptr}, {"progress", nullptr}};
  if (progress.status == Status::kProcessing) data["stage"] = stage_name(progress);
  if (percent) data["progress"] = *percent;
  data["queue_position"] = nullptr;
  if (position) data["queue_position"] = *position;
  data["failure"] = nullptr;
  if (progress.failure) data["failure"] = {{"code", progress.failure->code}, {"detail", progress.failure->detail}};
  return data;
}

ProgressEvent deleted() {
  json::object data{{"status", "deleted"}, {"stage", nullptr}, {"progress", nullptr}};
  data["queue_position"] = nullptr;
  data["failure"] = nullptr;
  return {"deleted", std::move(data), true};
}

}  // namespace

std::vector<ProgressEvent> events_since(const std::optional<Progress>& before, const std::optional<Progress>& now) {
  if (!now) return {deleted()};
  std::vector<ProgressEvent> events;
  const bool was_playable = before && before->playable;
  if (now->status == Status::kProcessing && now->playable && !was_playable) {
    events.push_back({"playable", to_json(*now)});
  }
  if (!before || event_name(*before) != event_name(*now) || shown_percent(*before) != shown_percent(*now) ||
      shown_position(*before) != shown_position(*now)) {
    events.push_back(
        {event_name(*now), to_json(*now), now->status == Status::kReady || now->status == Status::kFailed});
  }
  return events;
}

std::shared_ptr<const void> Seats::take(base::UserId user) {
  {
    const std::lock_guard lock(mutex_);
    const auto mine = of_user_.find(user);
    if (taken_ >= kAll || (mine != of_user_.end() && mine->second >= kOfOneUser)) {
      throw base::Unavailable("overloaded", "Too many event streams are open; try again shortly.");
    }
    ++of_user_[user];
    ++taken_;
  }
  return {this, [this, user](const void*) { leave(user); }};
}

void Seats::leave(base::UserId user) {
  const std::lock_guard lock(mutex_);
  --taken_;
  if (const auto mine = of_user_.find(user); --mine->second == 0) of_user_.erase(mine);
}

Task<Result<std::shared_ptr<const void>>> ProgressWatch::follow(base::VideoId id, base::UserId viewer) {
  LUOT_CO_TRY([[maybe_unused]] const auto video, co_await videos_.find_owned(id, viewer));
  co_return seats_.take(viewer);
}

Task<std::optional<Progress>> ProgressWatch::look(base::VideoId id) {
  const auto rows = co_await database_.read(select_progress(id));
  co_return rows.empty() ? std::nullopt : std::optional(read_progress(rows[0]));
}

}  // namespace luot::transcoding
