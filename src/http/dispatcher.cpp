#include "http/dispatcher.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/error_response.hpp"
#include "http/input.hpp"

namespace luot::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;

std::string join_methods(const std::vector<std::string_view>& methods) {
  std::string text;
  for (const auto method : methods) {
    if (!text.empty()) text += ", ";
    text += method;
    if (method == "GET") text += ", HEAD";
  }
  return text + ", OPTIONS";
}

// draft-ietf-httpapi-ratelimit-headers-06, which clients know.
void tell(const RateState& rate, Response& response) {
  response.with("RateLimit-Limit", std::to_string(rate.limit))
      .with("RateLimit-Remaining", std::to_string(rate.remaining))
      .with("RateLimit-Reset", std::to_string(rate.reset.count()));
  if (!rate.allowed) response.with("Retry-After", std::to_string(rate.retry_after.count()));
}

bool is_json(std::string_view content_type) {
  const auto type = base::to_lower_ascii(base::trimmed(content_type.substr(0, content_type.find(';'))));
  return type == "application/json";
}

Error body_too_large(std::size_t limit) {
  return {ErrorKind::kTooLarge, "body_too_large", "The body may have at most " + std::to_string(limit) + " bytes.", {}};
}

}  // namespace

Dispatcher::Dispatcher(Router router, Authenticate authenticate, DispatcherOptions options)
    : router_(std::move(router)), authenticate_(std::move(authenticate)), options_(std::move(options)) {
}

Task<Response> Dispatcher::respond(Request& request) const {
  const auto started = std::chrono::steady_clock::now();
  // All lines of it: some proxies add one of their own behind the client's.
  request.client_address =
      options_.trusted_proxies.client_of(request.client_address, request.headers->joined("X-Forwarded-For"));
  auto match = router_.match(request.method, request.path);
  std::optional<RateState> rate;
  Response response;
  if (match.route == nullptr) {
    if (match.allowed.empty()) {
      response = problem(404, "not_found", "There is nothing at this path.", request.id);
    } else if (request.method == "OPTIONS") {
      response = preflight(match.allowed);
    } else {
      response = problem(405, "method_not_allowed", "This path does not take that method.", request.id);
      response.with("Allow", join_methods(match.allowed));
    }
  } else {
    request.params = std::move(match.params);
    request.route = match.route->pattern;
    std::exception_ptr fault;
    try {
      auto outcome = co_await handle(request, *match.route, rate);
      response = outcome ? *std::move(outcome) : error_response(outcome.error(), request.id);
    } catch (const ClientGone&) {
      throw;
    } catch (...) {
      fault = std::current_exception();
    }
    if (fault) response = fault_response(fault, request.id);
  }
  if (rate) tell(*rate, response);
  allow_origin(request, response);
  if (options_.observer) options_.observer(request, response.status, std::chrono::steady_clock::now() - started);
  co_return response;
}

Task<Result<Response>> Dispatcher::handle(Request& request, const Route& route, std::optional<RateState>& rate) const {
  const auto identified = identify(request, route.access);
  if (!identified) co_return identified.error();
  rate = co_await count(request, route.rate);
  if (rate && !rate->allowed) {
    co_return Error{ErrorKind::kTooMany,
                    "rate_limited",
                    "Too many requests of this kind; try again in " + std::to_string(rate->retry_after.count()) + " s.",
                    {}};
  }
  if (route.query == Query::kNone && !request.query.empty()) {
    LUOT_CO_TRY(auto query, QueryInput::parse(request));
    if (auto error = query.error()) co_return *error;
  }
  if (route.body == RequestBody::kJson) {
    const auto read = co_await read_json(request);
    if (!read) co_return read.error();
  }
  co_return co_await route.handler(request);
}

Task<std::optional<RateState>> Dispatcher::count(const Request& request, RateClass rate) const {
  if (!options_.limiter || rate == RateClass::kNone) co_return std::nullopt;
  auto sender = request.viewer ? request.viewer->id.str() : base::network_of(request.client_address);
  co_return co_await options_.limiter(rate, std::move(sender));
}

Result<bool> Dispatcher::identify(Request& request, Access access) const {
  constexpr std::string_view kScheme = "bearer ";
  if (access == Access::kAnyone) return true;
  const auto header = request.header("Authorization");
  if (header.empty()) {
    if (access == Access::kOptional) return true;
    return Error{ErrorKind::kUnauthenticated, "unauthenticated", "Sign in first.", {}};
  }
  if (base::to_lower_ascii(header.substr(0, kScheme.size())) != kScheme) {
    return Error{ErrorKind::kUnauthenticated, "invalid_token", "The Authorization header must be a Bearer token.", {}};
  }
  auto viewer = authenticate_(header.substr(kScheme.size()));
  if (!viewer) return viewer.error();
  request.viewer = *std::move(viewer);
  return true;
}

Task<Result<bool>> Dispatcher::read_json(Request& request) const {
  const auto length = request.body->content_length();
  if (length && *length > options_.max_json_body) co_return body_too_large(options_.max_json_body);
  std::string& text = request.body_text;
  text.resize(length ? static_cast<std::size_t>(*length) + 1 : options_.max_json_body + 1);
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto count =
        co_await request.body->read_some(boost::asio::buffer(text.data() + filled, text.size() - filled));
    if (count == 0) break;
    filled += count;
  }
  if (filled > options_.max_json_body) co_return body_too_large(options_.max_json_body);
  text.resize(filled);
  if (text.empty()) {
    text = "{}";  // "no body" is how many clients say "no fields"
  } else if (!is_json(request.header("Content-Type"))) {
    co_return Error{ErrorKind::kUnsupportedType, "unsupported_media_type", "Send the body as application/json.", {}};
  }
  co_return true;
}

Response Dispatcher::preflight(const std::vector<std::string_view>& allowed) const {
  auto response = no_content();
  const auto methods = join_methods(allowed);
  response.with("Allow", methods);
  if (!options_.cors_origins.empty()) {
    response.with("Access-Control-Allow-Methods", methods)
        .with("Access-Control-Allow-Headers", "Authorization, Content-Type, Range, If-None-Match, Luot-Viewer")
        .with("Access-Control-Max-Age", "7200");
  }
  return response;
}

void Dispatcher::allow_origin(const Request& request, Response& response) const {
  if (options_.cors_origins.empty()) return;
  const auto origin = request.header("Origin");
  const bool any = std::ranges::find(options_.cors_origins, "*") != options_.cors_origins.end();
  if (!any) response.with("Vary", "Origin");
  if (origin.empty() || (!any && std::ranges::find(options_.cors_origins, origin) == options_.cors_origins.end()))
    return;
  response.with("Access-Control-Allow-Origin", any ? "*" : std::string(origin))
      .with("Access-Control-Expose-Headers",
            "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, ETag, Content-Range");
}

}  // namespace luot::http
