#include "features/playback/playback.hpp"
#include "features/reclaim/reclaim.hpp"
#include "features/transcoding/playlists.hpp"
#include "features/transcoding/stages.hpp"

namespace luot::transcoding {
namespace {

using base::Task;

// A revision's objects are uploaded under a random name that nobody knows yet.
class Revision {
 public:
  explicit Revision(const Workbench& bench)
      : bench_(bench), rev_("r" + base::random_name()), prefix_(videos::rev_prefix(bench.job.video, rev_)) {}

  [[nodiscard]] const std::string& rev() const { return rev_; }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

  Task<std::string> add_file(std::filesystem::path file, std::string name, std::string content_type) {
    auto key = prefix_ + name;
    co_await bench_.store.upload(std::move(file), key, std::move(content_type));
    co_return key;
  }

  Task<std::string> add_text(std::string text, std::string name, std::string content_type) {
    const auto file = bench_.folder / (rev_ + "." + name);
    co_await bench_.files.run([&] { base::File::create_exclusive(file).write_all(text); });
    co_return co_await add_file(file, std::move(name), std::move(content_type));
  }

 private:
  const Workbench& bench_;
  std::string rev_;
  std::string prefix_;
};

// Longer than any URL of it lives, also where clocks differ.
constexpr std::chrono::seconds kRetired = playback::kLongestPlayback + std::chrono::hours(1);
constexpr std::chrono::hours kAbandoned{24};
static_assert(kRetired < reclaim::kReplacedAreDue && reclaim::kReplacedAreDue < kAbandoned);
constexpr int kTries = 5;
constexpr const char* kPlaylistType = "application/vnd.apple.mpegurl";

Task<videos::VideoFile> add_rendition(Revision& revision, const MadeRendition& made) {
  const auto& quality = made.rendition.rung.quality;
  const auto bandwidth = bandwidth_of(segments_of(made.structure));
  videos::VideoFile file{quality, "", made.structure.width, made.structure.height, bandwidth.average};
  const auto name = file_name(made.rendition.rung);
  file.key = co_await revision.add_file(made.rendition.file, name, "video/mp4");
  co_await revision.add_text(media_playlist(made.structure, name), quality + ".m3u8", kPlaylistType);
  co_return file;
}

Task<void> add_pictures(Revision& revision, const Pictures& pictures, videos::Publication& publication) {
  if (pictures.poster) {
    publication.poster_key = co_await revision.add_file(*pictures.poster, "poster.jpg", "image/jpeg");
  }
  if (pictures.preview_image) {
    co_await revision.add_file(*pictures.preview_image, "preview.jpg", "image/jpeg");
    publication.preview_key = co_await revision.add_text(pictures.preview_cues, "preview.vtt", "text/vtt");
  }
}

Task<videos::Publication> upload_revision(const Workbench& bench, const std::vector<MadeRendition>& renditions,
                                          const Pictures& pictures) {
  Revision revision(bench);
  // Doomed before its first object is written, and spared when it is published: a crash leaves nothing for good.
  const auto recorded = co_await bench.database.atomically(
      ports::unit(jobs::renew(bench.job), reclaim::doom(revision.prefix(), kAbandoned)));
  if (!recorded.done()) throw LeaseLost();
  videos::Publication publication;
  publication.id = bench.job.video;
  publication.rev = revision.rev();
  const auto& largest = renditions.front().structure;
  publication.width = largest.width;
  publication.height = largest.height;
  publication.duration = largest.duration;
  std::vector<Variant> variants;
  for (auto made = renditions.rbegin(); made != renditions.rend(); ++made) {  // players begin with the first
    publication.files.push_back(co_await add_rendition(revision, *made));
    variants.push_back({made->rendition.rung.quality + ".m3u8", &made->structure});
  }
  co_await add_pictures(revision, pictures, publication);
  publication.playlist_key = co_await revision.add_text(master_playlist(variants), "master.m3u8", kPlaylistType);
  co_return publication;
}

// One transaction: the lease is ours, the revision takes its predecessor's place, and what is useless now is doomed.
std::vector<ports::Statement> publication_unit(const Workbench& bench, const videos::Publication& publication) {
  auto statements = ports::unit(publication.complete ? jobs::finish(bench.job) : jobs::renew(bench.job));
  for (auto& statement : videos::publish(publication))
    statements.push_back(std::move(statement));
  statements.push_back(reclaim::spare(videos::rev_prefix(publication.id, publication.rev)));
  if (publication.replaces) {
    statements.push_back(reclaim::doom(videos::rev_prefix(publication.id, *publication.replaces), kRetired));
  }
  if (publication.complete) {
    statements.push_back(reclaim::doom(videos::original_prefix(publication.id), bench.limits.keep_original));
  }
  return statements;
}

}  // namespace

std::string file_name(const ports::Rung& rung) {
  return rung.quality + ".mp4";
}

Task<void> publish(const Workbench& bench, const std::vector<MadeRendition>& renditions, const Pictures& pictures,
                   Completeness completeness) {
  auto publication = co_await upload_revision(bench, renditions, pictures);
  publication.complete = completeness == Completeness::kWholeLadder;
  constexpr std::size_t kLeaseStatement = 0;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const auto video = co_await bench.videos.find(bench.job.video);
    if (!video) throw LeaseLost();  // deleted, and the job with it
    publication.replaces = video->rev;
    const auto published = co_await bench.database.atomically(publication_unit(bench, publication));
    if (published.done()) co_return;
    if (published.undone().statement == kLeaseStatement) throw LeaseLost();
  }
  throw std::runtime_error("the video was taken back again and again while it was published");
}

}  // namespace luot::transcoding
