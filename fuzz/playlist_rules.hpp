// Rules of RFC 8216 that our playlists keep, whatever the file that they describe.
#pragma once

#include "features/transcoding/playlists.hpp"

namespace luot::fuzz {

// Requires what read_fragments() promises of a file of `size` bytes.
void check_structure(const transcoding::FragmentedFile& file, std::uint64_t size);

void check_playlists(const transcoding::FragmentedFile& file);

}  // namespace luot::fuzz
