// Folders of the embedded engines: what is wrong with one is told at the start, and by name.
#pragma once

#include <filesystem>

#include "base/file.hpp"

namespace luot::app {

// Throws std::runtime_error where `path` cannot be written.
void require_writable(const std::filesystem::path& path);

// `folder`, made where it is absent. Throws as require_writable() does.
std::filesystem::path prepared(const std::filesystem::path& folder);

// Held while the file lives. Throws where another process holds it: two would remove each other's scratch files.
base::File lock_folder(const std::filesystem::path& folder);

}  // namespace luot::app
