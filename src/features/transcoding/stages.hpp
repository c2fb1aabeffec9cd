// The pipeline's stages. Each is a coroutine over what the stages before it found.
#pragma once

#include <optional>

#include "features/transcoding/mp4_fragments.hpp"
#include "features/transcoding/transcoding.hpp"

namespace luot::transcoding {

// One job's tools and place. Lives as long as the job.
struct Workbench {
  ports::Database& database;
  videos::Videos& videos;
  ports::ObjectStore& store;
  ports::MediaTool& media;
  base::BlockingPool& files;
  const jobs::Job& job;
  std::filesystem::path folder;
  TranscodingLimits limits;
  LadderSpeed& speed;
  ports::Progress progress;
  std::stop_token stop;
};

struct Source {
  std::filesystem::path file;
  ports::MediaInfo info;
};

// A finished rendition on the local disk.
struct MadeRendition {
  ports::Rendition rendition;
  FragmentedFile structure;
};

// What is published before the ladder is whole.
struct FirstQuality {
  MadeRendition made;
  bool is_rung = false;  // of the ladder, which needs not make it again
};

struct Pictures {
  std::optional<std::filesystem::path> poster;
  std::optional<std::filesystem::path> preview_image;
  std::string preview_cues;
};

// A job's lease is another worker's now: nothing more may be written for it.
class LeaseLost : public std::runtime_error {
 public:
  LeaseLost() : std::runtime_error("the lease is lost") {}
};

// 1. Errors: what the media tool says of the file; too_long.
base::Task<base::Result<Source>> fetch_and_probe(const Workbench& bench);
// 2. The source's own streams in a new container where players take them; else, where the ladder will take long, a
// small rung of it. Nothing where neither is possible or worth while.
base::Task<std::optional<FirstQuality>> make_first_quality(const Workbench& bench, const Source& source);
// What an earlier turn of the job published, where it is a rung of the ladder.
base::Task<std::optional<FirstQuality>> fetch_published_rung(const Workbench& bench, const Source& source);
// 3. Largest first, with what is there already. Errors: undecodable, too_slow, too_long.
base::Task<base::Result<std::vector<MadeRendition>>> make_ladder(const Workbench& bench, const Source& source,
                                                                 std::optional<FirstQuality> first);
base::Task<base::Result<std::vector<MadeRendition>>> encode_rungs(const Workbench& bench, const Source& source,
                                                                  std::vector<ports::Rung> rungs);
// Nothing where the file is not what a player could play.
base::Task<std::optional<MadeRendition>> read_rendition(const Workbench& bench, ports::Rendition rendition);
// 4. What cannot be made is left out: a video without a poster is still a video.
base::Task<Pictures> make_pictures(const Workbench& bench, const std::vector<MadeRendition>& ladder);
// 5. Uploads a new revision and makes it the current one. Throws LeaseLost.
enum class Completeness { kFirstQuality, kWholeLadder };
base::Task<void> publish(const Workbench& bench, const std::vector<MadeRendition>& renditions, const Pictures& pictures,
                         Completeness completeness);

// Of a rung in its revision.
std::string file_name(const ports::Rung& rung);

base::Error too_long(double longest);

}  // namespace luot::transcoding
