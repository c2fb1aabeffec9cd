#include "features/transcoding/transcoding_store.hpp"

namespace luot::transcoding {
namespace {

// A worker that vanished left its stage behind, so the stage counts only under a lease.
constexpr ports::Sql kProgress{"video_progress", R"(
  select v.status, v.progress, v.failure_code, v.failure_detail,
    case when v.playable_at is null then 0 else 1 end,
    case when exists (select 1 from jobs j
                      where j.video_id = v.id and j.state = 'running' and j.lease_expires_at > now())
      then v.stage end,
    (select count(*) from (select 1 from jobs j join jobs o on o.state = 'queued' and (o.rank, o.id) < (j.rank, j.id)
                           where j.video_id = v.id and j.state = 'queued' limit $2) ahead)
  from videos v where v.id = $1)"};

}  // namespace

ports::Statement select_progress(base::VideoId id) {
  return ports::Statement(kProgress, id, kMostAhead);
}

Progress read_progress(const ports::Row& row) {
  Progress progress;
  progress.status = videos::read_status(row.text(0));
  progress.percent = row.optional_integer(1).value_or(0);
  if (progress.status == videos::Status::kFailed) progress.failure = videos::Failure{row.text(2), row.text(3)};
  progress.playable = row.boolean(4);
  if (!row.is_null(5)) progress.stage = videos::read_stage(row.text(5));
  progress.queue_position = row.integer(6);
  return progress;
}

}  // namespace luot::transcoding
