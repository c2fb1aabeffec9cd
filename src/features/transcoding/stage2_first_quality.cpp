#include "features/transcoding/ladder.hpp"
#include "features/transcoding/source_fit.hpp"
#include "features/transcoding/stages.hpp"

namespace luot::transcoding {
namespace {

using base::Result;
using base::Task;

constexpr double kLongWait = 20;  // seconds for the whole ladder
constexpr int kQuickHeight = 480;

// Nothing where it failed: the ladder will tell what is wrong with the file.
Task<std::optional<FirstQuality>> remux(const Workbench& bench, const Source& source) {
  const auto& video = source.info.video;
  const auto top = ladder_for(video.width, video.height).front();
  FirstQuality first;
  ports::Rendition rendition;
  first.is_rung = can_stand_for(source.info, top);
  rendition.rung = top;
  if (!first.is_rung) {
    rendition.rung.quality = quality_name(std::min(video.width, video.height));
    rendition.rung.width = video.width;
    rendition.rung.height = video.height;
  }
  rendition.file = bench.folder / "remux.mp4";
  const auto done = co_await bench.media.remux(source.file, source.info, rendition.file, bench.stop);
  if (!done) co_return std::nullopt;
  auto made = co_await read_rendition(bench, rendition);
  if (!made) co_return std::nullopt;
  first.made = *std::move(made);
  co_return first;
}

// Nothing where no larger one comes after it.
std::optional<ports::Rung> quick_one_of(const std::vector<ports::Rung>& rungs) {
  const auto quick =
      std::ranges::find_if(rungs, [](const auto& rung) { return std::min(rung.width, rung.height) <= kQuickHeight; });
  return quick == rungs.begin() || quick == rungs.end() ? std::nullopt : std::optional(*quick);
}

// One of the ladder's own rungs, before the others.
Task<std::optional<FirstQuality>> quick_rung(const Workbench& bench, const Source& source) {
  const auto rungs = ladder_for(source.info.video.width, source.info.video.height);
  const auto quick = quick_one_of(rungs);
  if (!quick || bench.speed.expect(source.info, rungs, bench.limits.longest) <= kLongWait) co_return std::nullopt;
  const std::vector<ports::Rung> only{*quick};
  const auto made = co_await encode_rungs(bench, source, only);
  if (!made) co_return std::nullopt;
  co_return FirstQuality{made->front(), true};
}

}  // namespace

Task<std::optional<FirstQuality>> fetch_published_rung(const Workbench& bench, const Source& source) {
  const auto rungs = ladder_for(source.info.video.width, source.info.video.height);
  // A copy of a source that is not what its rung should be has the same name, and perhaps the same size.
  const auto rung = !can_remux(source.info)                     ? quick_one_of(rungs)
                    : can_stand_for(source.info, rungs.front()) ? std::optional(rungs.front())
                                                                : std::nullopt;
  const auto video = co_await bench.videos.find(bench.job.video);
  if (!rung || !video || !video->rev) co_return std::nullopt;
  const auto key = videos::rev_prefix(video->id, *video->rev) + file_name(*rung);
  const auto published = co_await bench.store.head(key);
  if (!published) co_return std::nullopt;
  const ports::Rendition rendition{*rung, bench.folder / "published.mp4"};
  co_await bench.store.download(key, rendition.file);
  auto made = co_await read_rendition(bench, rendition);
  if (!made) co_return std::nullopt;
  co_return FirstQuality{*std::move(made), true};
}

Task<std::optional<FirstQuality>> make_first_quality(const Workbench& bench, const Source& source) {
  if (can_remux(source.info)) {
    auto first = co_await remux(bench, source);
    if (first) co_return first;
  }
  co_return co_await quick_rung(bench, source);
}

}  // namespace luot::transcoding
