// GET /metrics, for those networks that may see it; to others there is nothing at that path.
#pragma once

#include "app/engines.hpp"
#include "app/metrics.hpp"
#include "base/address.hpp"
#include "http/router.hpp"
#include "http/server.hpp"

namespace luot::app {

struct MetricsPage {
  Metrics& metrics;
  ports::Database& database;
  const State& state;
  const http::Server& server;
  base::Networks allowed;
};
void add_metrics_routes(http::Router& router, MetricsPage& page);

}  // namespace luot::app
