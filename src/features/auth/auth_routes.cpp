#include <boost/json/value.hpp>

#include "features/auth/auth.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::auth {
namespace {

using base::Result;
using base::Task;
using http::JsonInput;
using http::Request;
using http::Response;

constexpr http::TextLimits kEmail{.min = 3, .max = 254};
constexpr http::TextLimits kPassword{.min = 8, .max = 200, .trim = false};
constexpr http::TextLimits kToken{.min = 1, .max = 200, .trim = false};

Response session_response(int status, const Session& session) {
  return http::json_response(status, {{"user", users::private_json(session.user)},
                                      {"access_token", session.access_token},
                                      {"refresh_token", session.refresh_token},
                                      {"token_type", "Bearer"},
                                      {"expires_in", kAccessTokenLife.count()}});
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
  co_return session_response(201, session);
}

Task<Result<Response>> login(Auth& auth, Request& request) {
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  auto email = input.text("email", {.min = 1, .max = 254});
  auto password = input.text("password", {.min = 1, .max = 200, .trim = false});
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto session, co_await auth.login(std::move(email), std::move(password)));
  co_return session_response(200, session);
}

Task<Result<Response>> refresh(Auth& auth, Request& request) {
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  auto token = input.text("refresh_token", kToken);
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto session, co_await auth.refresh(std::move(token)));
  co_return session_response(200, session);
}

Task<Result<Response>> logout(Auth& auth, Request& request) {
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  auto token = input.text("refresh_token", kToken);
  if (auto error = input.error()) co_return *error;
  co_await auth.logout(std::move(token));
  co_return http::no_content();
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
