#include "features/transcoding/ladder.hpp"
#include "features/transcoding/stages.hpp"

namespace luot::transcoding {

using base::Task;

Task<std::optional<MadeRendition>> remux(const Workbench& bench, const Source& source) {
  const auto& video = source.info.video;
  const bool possible = co_await bench.media.can_remux(source.file, source.info, bench.stop);
  if (!possible) co_return std::nullopt;
  MadeRendition made;
  made.rendition.rung = {quality_name(std::min(video.width, video.height)), video.width, video.height};
  made.rendition.file = bench.folder / "remux.mp4";
  const auto done = co_await bench.media.remux(source.file, source.info, made.rendition.file, bench.stop);
  if (!done) co_return std::nullopt;  // the ladder will tell what is wrong with the file
  auto structure = co_await bench.files.run([&] { return read_fragments(made.rendition.file); });
  if (!structure) co_return std::nullopt;
  made.structure = *std::move(structure);
  co_return made;
}

}  // namespace luot::transcoding
