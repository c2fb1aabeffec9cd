// Routes by method and path pattern. A room's *_routes file adds its own in one literal table.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.hpp"
#include "base/result.hpp"
#include "http/rate_limit.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace luot::http {

enum class Access {
  kAnyone,    // no token is looked at
  kOptional,  // an access token is checked where there is one
  kSignedIn,  // 401 without one
};

enum class RequestBody {
  kNone,    // a body is ignored
  kJson,    // application/json, read whole into Request::body_text
  kStream,  // the handler reads it
};

enum class Query {
  kNone,     // any parameter is unknown: 422
  kHandler,  // the handler checks it, or has no use for it
};

using Handler = std::function<base::Task<base::Result<Response>>(Request&)>;

struct Route {
  std::string_view method;   // GET (which serves HEAD too), POST, PUT, PATCH, DELETE
  std::string_view pattern;  // "/videos/{id}/comments"; a last "{name...}" takes the rest of the path, undecoded
  Access access;
  RequestBody body;
  Handler handler;
  RateClass rate = RateClass::kNone;
  Query query = Query::kNone;
};

// A handler is a named coroutine with its room: on(comments, list_comments).
template <typename Room>
Handler on(Room& room, base::Task<base::Result<Response>> (*handler)(Room&, Request&)) {
  return [&room, handler](Request& request) { return handler(room, request); };
}

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  void add(Route route);

  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    Params params;
    std::vector<std::string_view> allowed;  // methods of this path, where it exists
  };
  // Literal segments win over parameters, parameters over a tail.
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;

  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node;
  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace luot::http
