#include "features/transcoding/transcoding.hpp"

#include "features/transcoding/stages.hpp"
#include "features/transcoding/transcoding_jobs.hpp"

namespace luot::transcoding {

using base::Result;
using base::Task;

namespace {

constexpr double kPercentOfFirst = 30;

// "{job id}-{lease token}", as workers name theirs; whatever else lies there is not ours to remove.
bool is_job_folder(std::string_view name) {
  constexpr std::size_t kIdLength = 11;
  return name.size() == 2 * kIdLength + 1 && base::decode_id(name.substr(0, kIdLength)) && name[kIdLength] == '-';
}

}  // namespace

Transcoding::Transcoding(ports::Database& database, videos::Videos& videos, ports::ObjectStore& store,
                         ports::MediaTool& media, base::BlockingPool& files, std::filesystem::path scratch,
                         TranscodingLimits limits)
    : database_(database),
      videos_(videos),
      jobs_(database),
      store_(store),
      media_(media),
      files_(files),
      scratch_(std::filesystem::absolute(scratch)),
      limits_(limits) {
  std::filesystem::create_directories(scratch_);
  for (const auto& entry : std::filesystem::directory_iterator(scratch_)) {
    if (is_job_folder(entry.path().filename().string())) std::filesystem::remove_all(entry.path());
  }
}

Task<Result<bool>> Transcoding::transcode(jobs::Job job, std::shared_ptr<Lease> lease, std::filesystem::path folder) {
  // Percent go from `from` to `to` while the tool works through `seconds` of the source.
  struct Part {
    double from = 0, to = kPercentOfFirst, seconds = 0;
  } part;
  ports::Progress progress = [&part, lease](double seconds) {
    const double share = std::clamp(seconds / part.seconds, 0.0, 1.0);
    lease->percent = static_cast<int>(part.from + share * (part.to - part.from));
  };
  Workbench bench{
      database_, videos_, store_, media_, files_, job, folder, limits_, speed_, progress, lease->stop.get_token()};
  LUOT_CO_TRY(const auto source, co_await fetch_and_probe(bench));
  part.seconds = source.info.duration.value_or(limits_.longest);
  lease->stage = videos::Stage::kTranscoding;
  // Now, not when the lease is looked after: a copy is published sooner, and nobody is to hear of probing after that.
  const auto told = co_await database_.atomically(
      ports::unit(jobs::renew(job), videos::set_progress(job.video, lease->stage, lease->percent)));
  if (!told.done()) throw LeaseLost();
  std::optional<FirstQuality> first;
  if (job.playable) {
    first = co_await fetch_published_rung(bench, source);
  } else {
    first = co_await make_first_quality(bench, source);
  }
  if (first && !job.playable) {
    const std::vector<MadeRendition> only{first->made};
    const Pictures none;
    co_await publish(bench, only, none, Completeness::kFirstQuality);
    const bool others_first = co_await jobs_.yield(job, jobs::cost_of_rest(part.seconds));
    if (others_first) throw GaveWay();
  }
  part.from = lease->percent;
  part.to = 99;
  LUOT_CO_TRY(const auto ladder, co_await make_ladder(bench, source, first));
  const auto pictures = co_await make_pictures(bench, ladder);
  co_await publish(bench, ladder, pictures, Completeness::kWholeLadder);
  co_return true;
}

}  // namespace luot::transcoding
