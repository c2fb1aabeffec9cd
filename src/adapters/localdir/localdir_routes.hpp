// PUT /storage/{key...}: where sign_put() sends clients.
#pragma once

#include <atomic>

#include "adapters/localdir/localdir_object_store.hpp"
#include "http/router.hpp"
#include "ports/clock.hpp"

namespace luot::localdir {

// Both live as long as the router.
struct StorageRoutes {
  LocalDirObjectStore& store;
  const ports::Clock& clock;
  std::atomic<int> incoming{0};  // uploads on their way
};

void add_routes(http::Router& router, StorageRoutes& routes);

}  // namespace luot::localdir
