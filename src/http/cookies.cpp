#include "http/cookies.hpp"

#include "base/text.hpp"

namespace luot::http {

bool wants_cookies(const Request& request) {
  return request.header("Luot-Session") == "cookie";
}

std::string_view cookie(const Request& request, std::string_view name) {
  auto rest = request.header("Cookie");
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto pair = base::trimmed(rest.substr(0, end));
    rest = rest.substr(std::min(end + 1, rest.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return {};
}

std::string set_cookie(const Cookie& cookie) {
  std::string text(cookie.name);
  text.append("=").append(cookie.value).append("; Path=").append(cookie.path);
  text.append("; Max-Age=").append(std::to_string(cookie.max_age.count()));
  text.append("; HttpOnly; SameSite=Strict");
  if (cookie.secure) text.append("; Secure");
  return text;
}

}  // namespace luot::http
