#include "features/transcoding/transcoding.hpp"

#include "features/transcoding/stages.hpp"
#include "features/transcoding/transcoding_jobs.hpp"

namespace luot::transcoding {

using base::Result;
using base::Task;

Transcoding::Transcoding(ports::Database& database, videos::Videos& videos, ports::ObjectStore& store,
                         ports::MediaTool& media, base::BlockingPool& files, std::filesystem::path scratch,
                         TranscodingLimits limits)
    : database_(database),
      videos_(videos),
      jobs_(database),
      store_(store),
      media_(media),
      files_(files),
      scratch_(std::move(scratch)),
      limits_(limits) {
  std::filesystem::remove_all(scratch_);
  std::filesystem::create_directories(scratch_);
}

Task<Result<bool>> Transcoding::transcode(jobs::Job job, std::shared_ptr<Lease> lease, std::filesystem::path folder) {
  double expected = limits_.longest;
  ports::Progress progress = [&expected, lease](double seconds) {
    lease->percent = static_cast<int>(std::clamp(seconds / expected * 100, 0.0, 99.0));
  };
  Workbench bench{database_, videos_, store_, media_, files_, job, folder, limits_, progress, lease->stop.get_token()};
  LUOT_CO_TRY(const auto source, co_await fetch_and_probe(bench));
  expected = source.info.duration.value_or(limits_.longest);
  if (const auto first = co_await remux(bench, source)) {
    const std::vector<MadeRendition> only{*first};
    const Pictures none;
    co_await publish(bench, only, none, Completeness::kFirstQuality);
  }
  LUOT_CO_TRY(const auto ladder, co_await make_ladder(bench, source));
  const auto pictures = co_await make_pictures(bench, ladder);
  co_await publish(bench, ladder, pictures, Completeness::kWholeLadder);
  co_return true;
}

}  // namespace luot::transcoding
