// MP4 boxes: where the fragments of a file lie, and the playlists over them.
#include <algorithm>

#include "features/transcoding/mp4_fragments.hpp"
#include "fuzz/playlist_rules.hpp"
#include "fuzz/property.hpp"
#include "fuzz/scratch_file.hpp"

namespace luot::fuzz {
namespace {

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes)
    number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// Of the box at `offset` of a file that holds together.
std::uint64_t size_of_box(std::string_view file, std::uint64_t offset) {
  const auto size = big_endian(file.substr(offset, 4));
  return size == 0 ? file.size() - offset : size == 1 ? big_endian(file.substr(offset + 8, 8)) : size;
}

// All media of the file, from its first fragment on, are some fragment's.
void check_media(const transcoding::FragmentedFile& file, std::string_view bytes) {
  const auto first = file.fragments.front().offset;
  for (std::uint64_t offset = 0; offset < bytes.size(); offset += size_of_box(bytes, offset)) {
    if (bytes.substr(offset + 4, 4) != "mdat" || offset < first) continue;
    const auto end = offset + size_of_box(bytes, offset);
    require(std::ranges::any_of(file.fragments,
                                [&](const auto& f) { return f.offset <= offset && end <= f.offset + f.size; }),
            "media lie in a fragment");
  }
}

}  // namespace

void check(std::string_view input) {
  const ScratchFile scratch(input);
  const auto file = transcoding::read_fragments(scratch.path());
  if (!file) return;
  check_structure(*file, input.size());
  check_media(*file, input);
  check_playlists(*file);
}

}  // namespace luot::fuzz
