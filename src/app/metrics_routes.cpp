#include "app/metrics_routes.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

namespace luot::app {
namespace {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

constexpr ports::Sql kJobs{"job_counts", R"(
  select (select count(*) from jobs where state = 'queued'), (select count(*) from jobs where state = 'running'))"};

// A request that a proxy forwarded, and that is not known to be one: the address is the proxy's, and tells nothing.
bool is_forwarded_for_another(const Request& request) {
  const auto addresses = request.headers->joined("X-Forwarded-For");
  const auto last = base::trimmed(std::string_view(addresses).substr(addresses.rfind(',') + 1));
  return !last.empty() && last != request.client_address;
}

Task<Result<Response>> show_metrics(MetricsPage& page, Request& request) {
  if (!page.allowed.contain(request.client_address) || is_forwarded_for_another(request)) {
    co_return base::Error{base::ErrorKind::kNotFound, "not_found", "There is nothing at this path.", {}};
  }
  try {
    const auto rows = co_await page.database.read(ports::Statement(kJobs));
    page.metrics.set_jobs(rows[0].integer(0), rows[0].integer(1));
  } catch (const std::exception& e) {  // what is down must not hide what else there is to see
    base::log::warning("metrics without jobs", {{"error", e.what()}});
  }
  page.metrics.set_connections(page.server.connections());
  page.metrics.set_engine("database", page.database.connections());
  page.metrics.set_engine("state", page.state.connections());
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.with("Cache-Control", "no-store");
  response.body = page.metrics.text();
  co_return response;
}

}  // namespace

void add_metrics_routes(http::Router& router, MetricsPage& page) {
  router.add({"GET", "/metrics", http::Access::kAnyone, http::RequestBody::kNone, http::on(page, show_metrics)});
}

}  // namespace luot::app
