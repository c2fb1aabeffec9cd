#include "features/transcoding/stages.hpp"

namespace luot::transcoding {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;

Error too_long(double longest) {
  return {ErrorKind::kInvalid,
          "too_long",
          "The video is longer than " + std::to_string(static_cast<int>(longest / 60)) + " minutes.",
          {}};
}

// The original is fetched once; probe and transcode read that one local copy, which nobody can change meanwhile.
Task<Result<Source>> fetch_and_probe(const Workbench& bench) {
  Source source;
  source.file = bench.folder / "source";
  co_await bench.store.download(bench.job.payload, source.file);
  LUOT_CO_TRY(source.info, co_await bench.media.probe(source.file, bench.stop));
  if (source.info.duration.value_or(0) > bench.limits.longest + 0.5) co_return too_long(bench.limits.longest);
  co_return source;
}

}  // namespace luot::transcoding
