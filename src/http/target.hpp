// Request targets (RFC 9112 section 3.2): path and query, split and decoded strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace luot::http {

struct Target {
  std::string path;   // begins with '/', still percent-encoded
  std::string query;  // without '?', still percent-encoded
};

// Origin form, or absolute form of which scheme and authority are dropped. Nothing for any other text.
std::optional<Target> parse_target(std::string_view target);

// The decoded pairs of application/x-www-form-urlencoded, in order. Nothing where one cannot be decoded.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;
std::optional<QueryPairs> parse_query(std::string_view query);

}  // namespace luot::http
