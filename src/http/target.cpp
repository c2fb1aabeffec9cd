#include "http/target.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace luot::http {
namespace {

// The path and query of an absolute target, whose scheme is known to be there. A path that is left out is "/".
std::string without_authority(std::string_view target) {
  target.remove_prefix(target.starts_with("https://") ? 8 : 7);
  const std::string rest(target.substr(std::min(target.find_first_of("/?#"), target.size())));
  return rest.starts_with('/') ? rest : "/" + rest;
}

// What stands before the first separator, and what stands after it.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::optional<std::string> form_decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return base::percent_decode(spaced);
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  if (target.starts_with("http://") || target.starts_with("https://")) return parse_target(without_authority(target));
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) return std::nullopt;
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return Target{std::string(target), ""};
  return Target{std::string(target.substr(0, mark)), std::string(target.substr(mark + 1))};
}

std::optional<QueryPairs> parse_query(std::string_view query) {
  QueryPairs pairs;
  while (!query.empty()) {
    const auto [pair, rest] = cut(query, '&');
    query = rest;
    if (pair.empty()) continue;
    const auto [raw_key, raw_value] = cut(pair, '=');
    auto key = form_decode(raw_key);
    auto value = form_decode(raw_value);
    if (!key || !value) return std::nullopt;
    pairs.emplace_back(*std::move(key), *std::move(value));
  }
  return pairs;
}

}  // namespace luot::http
