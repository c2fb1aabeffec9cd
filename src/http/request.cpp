#include "http/request.hpp"

namespace luot::http {

std::string_view Request::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  throw std::logic_error("route " + std::string(route) + " has no parameter " + std::string(name));
}

}  // namespace luot::http
