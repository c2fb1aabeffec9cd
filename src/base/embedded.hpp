// Files that the build put into the program (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace luot::base {

struct EmbeddedFile {
  std::string_view path;  // relative to the embedded folder, such as "assets/app.js"
  std::string_view bytes;
};

}  // namespace luot::base
