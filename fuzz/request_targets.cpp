// Request targets: a method and a target. Path, query and route are checked against plainer readings of the rules.
#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "fuzz/property.hpp"
#include "http/error_response.hpp"
#include "http/input.hpp"
#include "http/router.hpp"
#include "http/target.hpp"

namespace luot::fuzz {
namespace {

// Every shape that the rooms' own tables have.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kRoutes{
    {{"GET", "/"},
     {"GET", "/feed"},
     {"GET", "/videos/{id}"},
     {"PATCH", "/videos/{id}"},
     {"POST", "/videos/upload"},
     {"GET", "/videos/{id}/upload"},
     {"POST", "/videos/{id}/comments"},
     {"DELETE", "/videos/{id}/comments/{c}"},
     {"GET", "/users/{username}/videos"},
     {"PUT", "/storage/{key...}"},
     {"GET", "/assets/{path...}"},
     {"GET", "/{token}/{path...}"}}};

const http::Router& router() {
  static const http::Router all = [] {
    http::Router made;
    for (const auto& [method, pattern] : kRoutes)
      made.add({method, pattern, http::Access::kAnyone, http::RequestBody::kNone, {}});
    return made;
  }();
  return all;
}

std::string_view segment(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto first = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return first;
}

// How `pattern` takes `path`: a letter a segment (a literal, b parameter, c tail), empty where it does not.
std::string taken_as(std::string_view pattern, std::string_view path) {
  std::string kinds;
  pattern.remove_prefix(1);
  std::size_t left = static_cast<std::size_t>(std::ranges::count(path, '/'));
  path.remove_prefix(1);
  for (std::size_t wanted = static_cast<std::size_t>(std::ranges::count(pattern, '/')) + 1; wanted > 0; --wanted) {
    if (left-- == 0) return "";
    const auto name = segment(pattern);
    if (name.ends_with("...}")) return kinds + 'c';
    const auto given = segment(path);
    const bool parameter = name.starts_with('{');
    if (parameter ? given.empty() : given != name) return "";
    kinds += parameter ? 'b' : 'a';
  }
  return left == 0 ? kinds : "";
}

// Literals win over parameters, parameters over a tail, from the left.
std::string best_kinds(std::string_view path) {
  std::string best;
  for (const auto& [method, pattern] : kRoutes) {
    const auto kinds = taken_as(pattern, path);
    if (!kinds.empty() && (best.empty() || kinds < best)) best = kinds;
  }
  return best;
}

void check_route(std::string_view method, std::string_view path) {
  const auto match = router().match(method, path);
  const auto best = best_kinds(path);
  require(match.allowed.empty() || !best.empty(), "a path that no pattern takes has no methods");
  if (match.route == nullptr) return;
  require(taken_as(match.route->pattern, path) == best && match.route->method == method, "the best pattern wins");
  for (const auto& [name, value] : match.params) {
    const bool tail = match.route->pattern.ends_with("...}") && name == match.params.back().first;
    require(tail ? path.ends_with(value) : !value.empty() && base::is_clean_utf8(value),
            "parameters are clean text, a tail is the path's own end");
  }
}

std::string absolute(std::string_view rest) {
  return "https://luot.example:8080" + std::string(rest);
}

void check_target(std::string_view text) {
  const auto target = http::parse_target(text);
  if (!target) return;
  require(target->path.starts_with('/') && target->path.find_first_of("?#") == std::string::npos, "a path is a path");
  require(target->query.find('#') == std::string::npos, "a target has no fragment");
  const auto again = http::parse_target(target->path + "?" + target->query);
  require(again && again->path == target->path && again->query == target->query, "a target read is a target written");
  if (!text.starts_with('/')) return;
  const auto same = http::parse_target(absolute(text));
  require(same && same->path == target->path && same->query == target->query, "the absolute form says the same");
}

void check_query(const std::string& query) {
  const auto pairs = http::parse_query(query);
  if (!pairs) return;
  std::string written;
  for (const auto& [key, value] : *pairs) {
    require(base::is_clean_utf8(key) && base::is_clean_utf8(value), "a query is clean text");
    written += base::percent_encode(key) + "=" + base::percent_encode(value) + "&";
  }
  require(http::parse_query(written) == pairs, "a query read is a query written");
  // A target whose path is left out, as "http://host?x=/y" is.
  const auto bare = http::parse_target(absolute("?" + query));
  require(bare && bare->path == "/" && bare->query == query, "a query is never taken for a path");
}

void check_page(const std::string& query) {
  http::Request request;
  request.query = query;
  auto input = http::QueryInput::parse(request);
  if (!input) {
    require(!http::parse_query(query), "only what cannot be decoded is malformed");
    return;
  }
  const auto kind = input->choice<int>("kind", {{"new", 1}, {"hot", 2}}, 0);
  const auto page = http::page_query(*input);
  require(page.limit >= 1 && page.limit <= 50 && kind >= 0 && kind <= 2, "what is read is in its range");
  const auto error = input->error();
  if (!error) return;
  const auto problem = http::error_response(*error, "id");
  require(problem.status == 422 && base::is_clean_utf8(std::get<std::string>(problem.body)), "errors are clean text");
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto method = lines.next();
  const auto text = lines.next();
  check_target(text);
  const auto target = http::parse_target(text);
  if (!target) return;
  check_route(method, target->path);
  check_query(target->query);
  check_page(target->query);
}

}  // namespace luot::fuzz
