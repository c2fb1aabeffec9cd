#include "app/health_routes.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace luot::app {
namespace {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

// Reads the file, which "select 1" would not.
constexpr ports::Sql kPing{"ping", "select max(number) from schema_migrations"};

Task<Result<Response>> show_health(ports::Database& /*database*/, Request& /*request*/) {
  co_return http::json_response(200, {{"status", "ok"}});
}

Task<Result<Response>> show_readiness(ports::Database& database, Request& /*request*/) {
  co_await database.read(ports::Statement(kPing));  // throws Unavailable, which is 503
  co_return http::json_response(200, {{"status", "ready"}});
}

}  // namespace

void add_health_routes(http::Router& router, ports::Database& database) {
  using http::Access;
  using http::RequestBody;
  router.add({"GET", "/healthz", Access::kAnyone, RequestBody::kNone, http::on(database, show_health)});
  router.add({"GET", "/readyz", Access::kAnyone, RequestBody::kNone, http::on(database, show_readiness)});
}

}  // namespace luot::app
