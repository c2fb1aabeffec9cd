#include "features/transcoding/mp4_fragments.hpp"

#include <fmt/format.h>

#include <map>
#include <span>
#include <string_view>

#include "base/file.hpp"

namespace luot::transcoding {
namespace {

constexpr std::uint32_t kMostSamples = 1'000'000;  // of a run that spends no byte on a sample
constexpr std::size_t kMostTopBoxes = 1'000'000;
constexpr int kMediaDepth = 3;  // mdia, minf, stbl
constexpr std::int64_t kLatestTime = 1LL << 52;
constexpr std::uint64_t kLargestBox = 16 * 1024 * 1024;  // of those that are read whole: moov and moof

class Malformed {};

// A cursor over bytes that throws Malformed instead of leaving them.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) throw Malformed();
    const auto taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  void skip(std::size_t count) { take(count); }
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    for (const char c : take(count))
      value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

 private:
  std::string_view bytes_;
};

struct Box {
  std::string_view type;
  std::string_view content;
};

Box next_box(Reader& reader) {
  std::uint64_t size = reader.u32();
  const auto type = reader.take(4);
  std::uint64_t header = 8;
  if (size == 1) {
    size = reader.u64();
    header = 16;
  } else if (size == 0) {
    size = reader.left() + header;
  }
  if (size < header) throw Malformed();
  return {type, reader.take(size - header)};
}

template <typename Visit>
void each_box(std::string_view content, Visit visit) {
  for (Reader reader(content); !reader.at_end();)
    visit(next_box(reader));
}

struct Track {
  bool is_video = false;
  std::uint32_t timescale = 0;
  std::uint32_t default_duration = 0;
  std::string codec;
  int width = 0;
  int height = 0;
  std::int64_t shift = 0;     // of its edit list: the media time that is shown first
  std::int64_t end = 0;       // in its timescale, as shown
  std::uint64_t samples = 0;  // in all fragments
};
using Tracks = std::map<std::uint32_t, Track>;

const Track* picture_of(const Tracks& tracks) {
  const auto found = std::ranges::find_if(tracks, [](const auto& entry) { return entry.second.is_video; });
  return found == tracks.end() ? nullptr : &found->second;
}

// Version and flags of a full box.
std::uint32_t full_box(Reader& reader) {
  return reader.u32();
}

void skip_times(Reader& reader, std::uint32_t version_and_flags) {
  reader.skip(version_and_flags >> 24 == 1 ? 16 : 8);  // creation and modification time
}

std::string avc_codec(std::string_view sample_entry, Track& track) {
  Reader reader(sample_entry);
  reader.skip(24);
  track.width = static_cast<int>(reader.number(2));
  track.height = static_cast<int>(reader.number(2));
  reader.skip(50);
  std::string codec;
  while (!reader.at_end()) {
    const auto box = next_box(reader);
    if (box.type != "avcC") continue;
    Reader config(box.content);
    config.skip(1);
    const auto profile = config.u8();
    const auto constraints = config.u8();
    codec = fmt::format("avc1.{:02x}{:02x}{:02x}", profile, constraints, config.u8());
  }
  return codec;
}

// A descriptor's length: seven bits a byte (ISO/IEC 14496-1 section 8.3.3).
std::size_t descriptor_length(Reader& reader) {
  std::size_t length = 0;
  for (int i = 0; i < 4; ++i) {
    const auto byte = reader.u8();
    length = length << 7 | (byte & 0x7f);
    if ((byte & 0x80) == 0) break;
  }
  return length;
}

std::string aac_codec(std::string_view sample_entry) {
  Reader reader(sample_entry);
  reader.skip(28);
  while (!reader.at_end()) {
    const auto box = next_box(reader);
    if (box.type != "esds") continue;
    Reader descriptors(box.content);
    full_box(descriptors);
    if (descriptors.u8() != 0x03) throw Malformed();
    descriptor_length(descriptors);
    descriptors.skip(3);
    if (descriptors.u8() != 0x04) throw Malformed();
    descriptor_length(descriptors);
    const auto object_type = descriptors.u8();
    descriptors.skip(12);
    if (descriptors.u8() != 0x05) throw Malformed();
    descriptor_length(descriptors);
    return fmt::format("mp4a.{:x}.{}", object_type, descriptors.u8() >> 3);
  }
  return "mp4a.40.2";
}

void read_sample_description(std::string_view content, Track& track) {
  Reader reader(content);
  full_box(reader);
  reader.skip(4);
  if (reader.at_end()) throw Malformed();
  const auto entry = next_box(reader);
  if (entry.type == "avc1" || entry.type == "avc3") track.codec = avc_codec(entry.content, track);
  if (entry.type == "mp4a") track.codec = aac_codec(entry.content);
}

// mdia, and what is of interest below it, down to `depth` levels.
void read_media(std::string_view content, Track& track, int depth) {
  if (depth == 0) throw Malformed();
  each_box(content, [&track, depth](const Box& box) {
    Reader reader(box.content);
    if (box.type == "mdhd") {
      skip_times(reader, full_box(reader));
      track.timescale = reader.u32();
    } else if (box.type == "hdlr") {
      full_box(reader);
      reader.skip(4);
      track.is_video = reader.take(4) == "vide";
    } else if (box.type == "minf" || box.type == "stbl") {
      read_media(box.content, track, depth - 1);
    } else if (box.type == "stsd") {
      read_sample_description(box.content, track);
    }
  });
}

// elst (section 8.6.6): encoders that reorder pictures begin at a later media time than 0.
std::int64_t first_media_time(std::string_view edits) {
  Reader boxes(edits);
  Reader reader(next_box(boxes).content);
  const bool wide = full_box(reader) >> 24 == 1;
  const auto count = reader.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    reader.skip(wide ? 8 : 4);
    const auto time = wide ? static_cast<std::int64_t>(reader.u64()) : static_cast<std::int32_t>(reader.u32());
    reader.skip(4);
    if (time >= 0) return std::min(time, kLatestTime);  // -1 is an empty edit
  }
  return 0;
}

void read_track(std::string_view content, Tracks& tracks) {
  Track track;
  std::uint32_t id = 0;
  each_box(content, [&](const Box& box) {
    Reader reader(box.content);
    if (box.type == "tkhd") {
      skip_times(reader, full_box(reader));
      id = reader.u32();
    } else if (box.type == "mdia") {
      read_media(box.content, track, kMediaDepth);
    } else if (box.type == "edts") {
      track.shift = first_media_time(box.content);
    }
  });
  if (track.timescale == 0) throw Malformed();
  // Whose pictures a fragment holds must not be in doubt.
  if (track.is_video && picture_of(tracks) != nullptr) throw Malformed();
  tracks[id] = track;
}

void read_movie(std::string_view content, Tracks& tracks) {
  each_box(content, [&](const Box& box) {
    if (box.type == "trak") read_track(box.content, tracks);
  });
  each_box(content, [&](const Box& box) {
    if (box.type != "mvex") return;
    each_box(box.content, [&](const Box& extends) {
      if (extends.type != "trex") return;
      Reader reader(extends.content);
      full_box(reader);
      const auto id = reader.u32();
      reader.skip(4);
      if (tracks.contains(id)) tracks[id].default_duration = reader.u32();
    });
  });
}

// A fragment's samples of one track, in the track's timescale.
struct Run {
  std::int64_t decode_time = 0;  // of the next sample
  std::int64_t start = 0;        // composition time of the first sample, a key frame where it is picture
  std::int64_t end = 0;          // of the latest composition
  std::uint64_t samples = 0;

  void add(std::int64_t duration, std::int64_t offset, std::uint32_t count = 1) {
    if (count == 0) return;
    if (samples == 0) start = decode_time + offset;
    samples += count;
    decode_time += duration * count;
    if (decode_time > kLatestTime) throw Malformed();
    end = std::max(end, decode_time + offset);
  }
};

// trun (section 8.8.8): the samples' durations, each its own or the default, and composition offsets.
void read_run(std::string_view content, std::uint32_t default_duration, Run& run) {
  Reader reader(content);
  const auto flags = full_box(reader);
  const auto count = reader.u32();
  if ((flags & 0x1) != 0) reader.skip(4);
  if ((flags & 0x4) != 0) reader.skip(4);
  const std::size_t between = 4 * (((flags & 0x200) != 0) + ((flags & 0x400) != 0));
  const bool has_duration = (flags & 0x100) != 0;
  const bool has_offset = (flags & 0x800) != 0;
  if (!has_duration && !has_offset && between == 0) {  // they cost no byte, so they must cost no time either
    if (count > kMostSamples) throw Malformed();
    run.add(default_duration, 0, count);
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto duration = has_duration ? reader.u32() : default_duration;
    reader.skip(between);
    // Signed in version 1, and in practice never over 2^31 in version 0.
    const auto offset = has_offset ? static_cast<std::int32_t>(reader.u32()) : 0;
    run.add(duration, offset);
  }
}

// tfhd (section 8.8.7): its optional fields come in this order.
std::uint32_t read_fragment_header(Reader& reader, Tracks& tracks, std::uint32_t& default_duration) {
  const auto flags = full_box(reader);
  const auto id = reader.u32();
  if (!tracks.contains(id)) throw Malformed();
  default_duration = tracks[id].default_duration;
  if ((flags & 0x1) != 0) reader.skip(8);
  if ((flags & 0x2) != 0) reader.skip(4);
  if ((flags & 0x8) != 0) default_duration = reader.u32();
  return id;
}

// The picture's run in a moof; the tracks' ends move on.
std::optional<Run> read_movie_fragment(std::string_view content, Tracks& tracks) {
  std::optional<Run> picture;
  each_box(content, [&](const Box& traf) {
    if (traf.type != "traf") return;
    std::uint32_t id = 0;
    std::uint32_t default_duration = 0;
    Run run;
    each_box(traf.content, [&](const Box& box) {
      Reader reader(box.content);
      if (box.type == "tfhd") {
        id = read_fragment_header(reader, tracks, default_duration);
      } else if (box.type == "tfdt") {
        const auto time = full_box(reader) >> 24 == 1 ? reader.u64() : reader.u32();
        if (time > static_cast<std::uint64_t>(kLatestTime)) throw Malformed();
        run.decode_time = static_cast<std::int64_t>(time);
      } else if (box.type == "trun") {
        read_run(box.content, default_duration, run);
      }
    });
    if (!tracks.contains(id)) throw Malformed();
    auto& track = tracks[id];
    run.start -= track.shift;
    run.end -= track.shift;
    track.end = std::max(track.end, run.end);
    track.samples += run.samples;
    if (track.is_video && run.samples > 0) picture = run;
  });
  return picture;
}

std::string read_bytes(const base::File& file, std::uint64_t offset, std::uint64_t count) {
  if (count > kLargestBox) throw Malformed();
  std::string bytes(count, '\0');
  if (file.read_at(offset, bytes) != count) throw Malformed();
  return bytes;
}

struct TopBox {
  std::string type;
  std::uint64_t offset = 0;
  std::uint64_t header = 0;
  std::uint64_t size = 0;
};

std::vector<TopBox> top_boxes(const base::File& file) {
  std::vector<TopBox> boxes;
  const auto end = file.size();
  for (std::uint64_t offset = 0; offset < end;) {
    const auto head = read_bytes(file, offset, std::min<std::uint64_t>(16, end - offset));
    Reader reader(head);
    TopBox box{"", offset, 8, reader.u32()};
    box.type = reader.take(4);
    if (box.size == 1) {
      box.size = reader.u64();
      box.header = 16;
    } else if (box.size == 0) {
      box.size = end - offset;
    }
    if (box.size < box.header || box.size > end - offset || boxes.size() == kMostTopBoxes) throw Malformed();
    offset += box.size;
    boxes.push_back(std::move(box));
  }
  return boxes;
}

void describe(const Tracks& tracks, FragmentedFile& result) {
  for (const auto& [id, track] : tracks) {
    result.duration = std::max(result.duration, static_cast<double>(track.end) / track.timescale);
    if (track.codec.empty() || track.codec.starts_with("avc1") != track.is_video) continue;
    if (!track.is_video) {
      result.codecs += "," + track.codec;
      continue;
    }
    result.codecs = track.codec + result.codecs;
    result.width = track.width;
    result.height = track.height;
    if (track.end > 0) {
      result.frame_rate = static_cast<double>(track.samples) * track.timescale / static_cast<double>(track.end);
    }
  }
}

// The last fragment takes in what lies before the end of `box`.
void extend(std::vector<Fragment>& fragments, const TopBox& box) {
  if (!fragments.empty()) fragments.back().size = box.offset + box.size - fragments.back().offset;
}

void add_fragment(std::vector<Fragment>& fragments, const TopBox& box, const Run& run, double timescale) {
  const double start = static_cast<double>(run.start) / timescale;
  if (!fragments.empty()) {
    // Until the next fragment begins; for the last, until its latest picture ends.
    fragments.back().duration = start - fragments.back().start;
    if (fragments.back().duration < 0) throw Malformed();
  }
  fragments.push_back({box.offset, box.size, start, static_cast<double>(run.end - run.start) / timescale});
}

FragmentedFile read(const base::File& file) {
  FragmentedFile result;
  Tracks tracks;
  for (const auto& box : top_boxes(file)) {
    if (box.type == "moov") {
      if (result.header_size > 0) throw Malformed();
      read_movie(read_bytes(file, box.offset + box.header, box.size - box.header), tracks);
      result.header_size = box.offset + box.size;
    } else if (box.type == "moof") {
      const auto run = read_movie_fragment(read_bytes(file, box.offset + box.header, box.size - box.header), tracks);
      if (run) {
        add_fragment(result.fragments, box, *run, picture_of(tracks)->timescale);
      } else {  // sound beyond the last picture belongs to the fragment before it
        extend(result.fragments, box);
      }
    } else if (box.type == "mdat") {
      extend(result.fragments, box);
    }
  }
  describe(tracks, result);
  return result;
}

}  // namespace

std::optional<FragmentedFile> read_fragments(const std::filesystem::path& path) {
  const auto file = base::File::open_read(path);
  try {
    auto result = read(file);
    if (result.fragments.empty() || !result.codecs.starts_with("avc1.")) return std::nullopt;
    if (result.width == 0 || result.height == 0) return std::nullopt;
    return result;
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace luot::transcoding
