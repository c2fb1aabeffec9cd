#include "features/transcoding/ladder.hpp"
#include "features/transcoding/source_fit.hpp"
#include "features/transcoding/stages.hpp"

namespace luot::transcoding {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;

Task<std::optional<MadeRendition>> read_rendition(const Workbench& bench, ports::Rendition rendition) {
  auto structure = co_await bench.files.run([&] { return read_fragments(rendition.file); });
  if (!structure) co_return std::nullopt;
  co_return MadeRendition{std::move(rendition), *std::move(structure)};
}

Task<Result<std::vector<MadeRendition>>> encode_rungs(const Workbench& bench, const Source& source,
                                                      std::vector<ports::Rung> rungs) {
  using Sound = ports::MediaTool::Sound;
  std::vector<ports::Rendition> renditions;
  for (const auto& rung : rungs)
    renditions.push_back({rung, bench.folder / (rung.quality + ".mp4")});
  const auto sound = can_copy_sound(source.info) ? Sound::kCopy : Sound::kEncode;
  // A second more than is allowed shows whether a source of unknown length is too long.
  const double longest = bench.limits.longest + 1;
  const auto started = std::chrono::steady_clock::now();
  LUOT_CO_TRY([[maybe_unused]] const bool done, co_await bench.media.encode(source.file, source.info, renditions, sound,
                                                                            longest, bench.progress, bench.stop));
  bench.speed.learn(source.info, rungs, bench.limits.longest, std::chrono::steady_clock::now() - started);
  std::vector<MadeRendition> made;
  for (const auto& rendition : renditions) {
    auto read = co_await read_rendition(bench, rendition);
    if (!read) {
      co_return Error{ErrorKind::kInvalid, "undecodable", "The video has no picture that could be decoded.", {}};
    }
    if (read->structure.duration > bench.limits.longest + 0.5) co_return too_long(bench.limits.longest);
    made.push_back(*std::move(read));
  }
  co_return made;
}

Task<Result<std::vector<MadeRendition>>> make_ladder(const Workbench& bench, const Source& source,
                                                     std::optional<FirstQuality> first) {
  auto missing = ladder_for(source.info.video.width, source.info.video.height);
  const bool has_one = first && first->is_rung;
  if (has_one)
    std::erase_if(missing, [&](const auto& rung) { return rung.quality == first->made.rendition.rung.quality; });
  std::vector<MadeRendition> ladder;
  if (!missing.empty()) {
    LUOT_CO_TRY(ladder, co_await encode_rungs(bench, source, missing));
  }
  if (has_one) {
    const auto place = std::ranges::find_if(
        ladder, [&](const auto& made) { return made.rendition.rung.width < first->made.rendition.rung.width; });
    ladder.insert(place, first->made);
  }
  co_return ladder;
}

}  // namespace luot::transcoding
