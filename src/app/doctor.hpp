// `luot doctor`: whether everything that the settings name is there and such as it must be.
#pragma once

#include "app/config.hpp"

namespace luot::app {

enum class Fix { kNo, kYes };

// Prints what it finds. The exit code: 1 where something is broken.
int examine(const Config& config, Fix fix);

}  // namespace luot::app
