#include "features/transcoding/ladder.hpp"
#include "features/transcoding/stages.hpp"

namespace luot::transcoding {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;

Task<Result<std::vector<MadeRendition>>> make_ladder(const Workbench& bench, const Source& source) {
  std::vector<ports::Rendition> renditions;
  for (auto& rung : ladder_for(source.info.video.width, source.info.video.height)) {
    auto file = bench.folder / (rung.quality + ".mp4");
    renditions.push_back({std::move(rung), std::move(file)});
  }
  // A second more than is allowed shows whether a source of unknown length is too long.
  LUOT_CO_TRY([[maybe_unused]] const bool done,
              co_await bench.media.encode(source.file, source.info, renditions, bench.limits.longest + 1,
                                          bench.progress, bench.stop));
  std::vector<MadeRendition> ladder;
  for (auto& rendition : renditions) {
    auto structure = co_await bench.files.run([&] { return read_fragments(rendition.file); });
    if (!structure) {
      co_return Error{ErrorKind::kInvalid, "undecodable", "The video has no picture that could be decoded.", {}};
    }
    if (structure->duration > bench.limits.longest + 0.5) co_return too_long(bench.limits.longest);
    ladder.push_back({std::move(rendition), *std::move(structure)});
  }
  co_return ladder;
}

}  // namespace luot::transcoding
