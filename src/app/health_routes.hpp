// GET /healthz: the process answers. GET /readyz: its database does, too.
#pragma once

#include "http/router.hpp"
#include "ports/database.hpp"

namespace luot::app {

void add_health_routes(http::Router& router, ports::Database& database);

}  // namespace luot::app
