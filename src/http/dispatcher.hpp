// From a request's head to its answer: routing, CORS, authentication, body, handler, errors.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/async.hpp"
#include "http/router.hpp"

namespace luot::http {

// Told of every answer: its request, its status, and how long it took to make. From all loops.
using Observer = std::function<void(const Request&, int status, std::chrono::nanoseconds took)>;

struct DispatcherOptions {
  std::vector<std::string> cors_origins;  // exact origins, or "*"; empty: same origin only
  std::size_t max_json_body = 64 * 1024;  // bytes
  base::TrustedProxies trusted_proxies;
  RateLimiter limiter;  // empty: no limits
  Observer observer;    // may be empty
};

// Reads "Authorization: Bearer ..."'s token. Error: 401 invalid_token.
using Authenticate = std::function<base::Result<base::Viewer>(std::string_view token)>;

class Dispatcher {
 public:
  Dispatcher(Router router, Authenticate authenticate, DispatcherOptions options);

  // Never throws but for ClientGone. Const, so that all loops share it.
  base::Task<Response> respond(Request& request) const;
  [[nodiscard]] const Router& router() const { return router_; }

 private:
  base::Task<base::Result<Response>> handle(Request& request, const Route& route, std::optional<RateState>& rate) const;
  base::Task<std::optional<RateState>> count(const Request& request, RateClass rate) const;
  base::Result<bool> identify(Request& request, Access access) const;
  base::Task<base::Result<bool>> read_json(Request& request) const;
  Response preflight(const std::vector<std::string_view>& allowed) const;
  void allow_origin(const Request& request, Response& response) const;

  Router router_;
  Authenticate authenticate_;
  DispatcherOptions options_;
};

}  // namespace luot::http
