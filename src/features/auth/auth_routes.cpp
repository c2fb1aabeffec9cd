#include <boost/json/value.hpp>

#include "features/auth/auth.hpp"
#include "http/cookies.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::auth {
namespace {

namespace json = boost::json;
using base::Result;
using base::Task;
using http::JsonInput;
using http::Request;
using http::Response;

constexpr http::TextLimits kEmail{.min = 3, .max = 254};
constexpr http::TextLimits kPassword{.min = 8, .max = 200, .trim = false};
constexpr http::TextLimits kToken{.min = 1, .max = 200, .trim = false};

constexpr std::string_view kRefreshCookie = "luot_refresh";

std::string refresh_cookie(const Auth& auth, std::string token) {
  http::Cookie cookie;
  cookie.name = kRefreshCookie;
  cookie.path = "/auth";
  cookie.max_age = token.empty() ? std::chrono::seconds(0) : std::chrono::seconds(kRefreshTokenLife);
  cookie.value = std::move(token);
  cookie.secure = auth.options().secure_cookies;
  return http::set_cookie(cookie);
}

// The refresh token goes into the body, or, for clients that ask for it, into a cookie that no script can read.
Response session_response(int status, const Auth& auth, const Request& request, const Session& session) {
  const bool by_cookie = http::wants_cookies(request);
  auto response = http::json_response(
      status, {{"user", users::private_json(session.user)},
               {"access_token", session.access_token},
               {"refresh_token", by_cookie ? json::value(nullptr) : json::value(session.refresh_token)},
               {"token_type", "Bearer"},
               {"expires_in", kAccessTokenLife.count()}});
  if (by_cookie) response.with("Set-Cookie", refresh_cookie(auth, session.refresh_token));
  return response;
}

// The refresh token that a request shows: in its body, or else in the cookie. A browser sends the cookie also when
// another site's page makes it call, but not the header.
Result<std::string> shown_token(const Request& request) {
  LUOT_TRY(auto input, JsonInput::parse(request));
  const auto in_body = input.optional_text("refresh_token", kToken);
  const auto in_cookie = http::cookie(request, kRefreshCookie);
  if (auto error = input.error()) return *error;
  if (in_body) return *in_body;
  if (in_cookie.empty()) {
    return base::Error{base::ErrorKind::kUnauthenticated, "invalid_refresh_token", "There is no refresh token.", {}};
  }
  if (!http::wants_cookies(request)) {
    return base::Error{
        base::ErrorKind::kForbidden, "session_header_required", "Send the header Luot-Session: cookie.", {}};
  }
  return std::string(in_cookie);
}

Task<Result<Response>> register_user(Auth& auth, Request& request) {
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  Registration registration;
  registration.username = input.text("username", {.min = 3, .max = 30});
  registration.email = input.text("email", kEmail);
  registration.password = input.text("password", kPassword);
  if (auto problem = users::username_problem(registration.username)) input.reject("username", "invalid", *problem);
  if (auto problem = users::email_problem(registration.email); problem && !registration.email.empty()) {
    input.reject("email", "invalid", *problem);
  }
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto session, co_await auth.register_user(std::move(registration)));
  co_return session_response(201, auth, request, session);
}

Task<Result<Response>> login(Auth& auth, Request& request) {
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  auto email = input.text("email", {.min = 1, .max = 254});
  auto password = input.text("password", {.min = 1, .max = 200, .trim = false});
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto session, co_await auth.login(std::move(email), std::move(password)));
  co_return session_response(200, auth, request, session);
}

Task<Result<Response>> refresh(Auth& auth, Request& request) {
  LUOT_CO_TRY(auto token, shown_token(request));
  LUOT_CO_TRY(const auto session, co_await auth.refresh(std::move(token)));
  co_return session_response(200, auth, request, session);
}

Task<Result<Response>> logout(Auth& auth, Request& request) {
  LUOT_CO_TRY(auto token, shown_token(request));
  co_await auth.logout(std::move(token));
  auto response = http::no_content();
  if (http::wants_cookies(request)) response.with("Set-Cookie", refresh_cookie(auth, ""));
  co_return response;
}

}  // namespace

void add_routes(http::Router& router, Auth& auth) {
  using http::Access;
  using http::RequestBody;
  router.add({"POST", "/auth/register", Access::kAnyone, RequestBody::kJson, http::on(auth, register_user),
              http::RateClass::kRegister});
  router.add(
      {"POST", "/auth/login", Access::kAnyone, RequestBody::kJson, http::on(auth, login), http::RateClass::kLogin});
  router.add(
      {"POST", "/auth/refresh", Access::kAnyone, RequestBody::kJson, http::on(auth, refresh), http::RateClass::kWrite});
  router.add(
      {"POST", "/auth/logout", Access::kAnyone, RequestBody::kJson, http::on(auth, logout), http::RateClass::kWrite});
}

}  // namespace luot::auth
