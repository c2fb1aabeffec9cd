// PUT /storage/{key...}: where sign_put() sends clients.
#pragma once

#include "adapters/localdir/incoming_slots.hpp"
#include "http/router.hpp"
#include "ports/clock.hpp"

namespace luot::localdir {

// Both live as long as the router.
struct StorageRoutes {
  LocalDirObjectStore& store;
  const ports::Clock& clock;
  IncomingSlots incoming{};
};

void add_routes(http::Router& router, StorageRoutes& routes);

}  // namespace luot::localdir
