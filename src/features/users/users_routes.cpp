#include "features/users/users.hpp"
#include "http/router.hpp"

#include <boost/json/value.hpp>

namespace luot::users {
namespace {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

Task<Result<Response>> show_me(Users& users, Request& request) {
  const auto user = co_await users.find(request.signed_in().id);
  if (!user) {
    co_return base::Error{base::ErrorKind::kUnauthenticated, "invalid_token", "This account is no more.", {}};
  }
  co_return http::json_response(200, private_json(*user));
}

Task<Result<Response>> show_user(Users& users, Request& request) {
  const auto user = co_await users.find_by_username(std::string(request.param("username")));
  if (!user) co_return user_not_found();
  co_return http::json_response(200, public_json(*user));
}

}  // namespace

void add_routes(http::Router& router, Users& users) {
  using http::Access;
  using http::RequestBody;
  router.add({"GET", "/me", Access::kSignedIn, RequestBody::kNone, http::on(users, show_me), http::RateClass::kRead});
  router.add({"GET", "/users/{username}", Access::kAnyone, RequestBody::kNone, http::on(users, show_user),
              http::RateClass::kRead});
}

}  // namespace luot::users
