#include "features/transcoding/preview.hpp"
#include "features/transcoding/stages.hpp"

namespace luot::transcoding {

using base::Task;

// Made from our own renditions: small, upright, in plain colors.
Task<Pictures> make_pictures(const Workbench& bench, const std::vector<MadeRendition>& ladder) {
  Pictures pictures;
  const auto& largest = ladder.front();
  const auto& smallest = ladder.back();
  const auto poster = bench.folder / "poster.jpg";
  const auto has_poster = co_await bench.media.poster(largest.rendition.file, poster, bench.stop);
  if (has_poster) pictures.poster = poster;

  const double duration = smallest.structure.duration;
  const auto layout = preview_layout(duration, smallest.structure.width, smallest.structure.height);
  const auto image = bench.folder / "preview.jpg";
  const auto has_preview = co_await bench.media.sprites(smallest.rendition.file, image, layout, bench.stop);
  if (has_preview) {
    pictures.preview_image = image;
    pictures.preview_cues = preview_cues(layout, duration, "preview.jpg");
  }
  co_return pictures;
}

}  // namespace luot::transcoding
