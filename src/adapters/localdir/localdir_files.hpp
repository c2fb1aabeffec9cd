// The durable steps of the folder store. All block.
#pragma once

#include <filesystem>
#include <string>

#include "base/file.hpp"

namespace luot::localdir {

// Creates `folder` and what is missing above it, each durable in its parent.
void make_folders(const std::filesystem::path& folder);

// Durable when it returns. Makes the folders above `to`, where they are missing.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

// The same into a folder that must be there; false where it is not, or goes meanwhile.
bool rename_into(const std::filesystem::path& from, const std::filesystem::path& to);

std::string etag_of(const base::File& file);

}  // namespace luot::localdir
