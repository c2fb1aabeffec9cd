// Who asks, as the access token says.
#pragma once

#include <string>

#include "base/ids.hpp"

namespace luot::base {

struct Viewer {
  UserId id;
  std::string username;
};

}  // namespace luot::base
