// Cookies of the web client (RFC 6265). They are set for clients that ask for them by the header `Luot-Session:
// cookie`, which no page of another site can send without this server's consent (CORS).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace luot::http {

// True where the request says `Luot-Session: cookie`.
bool wants_cookies(const Request& request);

// The value of a cookie, or an empty view.
std::string_view cookie(const Request& request, std::string_view name);

struct Cookie {
  std::string_view name;
  std::string value;
  std::string_view path = "/";
  std::chrono::seconds max_age{};  // zero: the client is to forget it
  bool secure = false;             // only over https
};
// The value of Set-Cookie; always HttpOnly and SameSite=Strict.
std::string set_cookie(const Cookie& cookie);

}  // namespace luot::http
