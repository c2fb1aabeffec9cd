#include "http/router.hpp"

#include "base/encoding.hpp"

namespace luot::http {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);  // the leading '/'
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> tail;
  std::map<std::string_view, const Route*> routes;  // by method

  const Node* find(std::span<const std::string_view> segments, std::vector<std::string_view>& values) const;
};

namespace {

std::vector<std::string_view> parameter_names(std::string_view pattern) {
  std::vector<std::string_view> names;
  for (auto segment : split(pattern)) {
    if (!segment.starts_with('{')) continue;
    segment = segment.substr(1, segment.size() - 2);
    if (segment.ends_with("...")) segment.remove_suffix(3);
    names.push_back(segment);
  }
  return names;
}

}  // namespace

const Router::Node* Router::Node::find(std::span<const std::string_view> segments,
                                       std::vector<std::string_view>& values) const {
  if (segments.empty()) return routes.empty() ? nullptr : this;
  const auto segment = segments.front();
  if (const auto literal = literals.find(segment); literal != literals.end()) {
    if (const auto* found = literal->second->find(segments.subspan(1), values)) return found;
  }
  if (parameter && !segment.empty()) {
    values.push_back(segment);
    if (const auto* found = parameter->find(segments.subspan(1), values)) return found;
    values.pop_back();
  }
  if (tail) {
    const auto* end = segments.back().data() + segments.back().size();
    values.emplace_back(segment.data(), static_cast<std::size_t>(end - segment.data()));
    return tail.get();
  }
  return nullptr;
}

Router::Router() : root_(std::make_unique<Node>()) {
}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

void Router::add(Route route) {
  const auto& added = *routes_.emplace_back(std::make_unique<Route>(std::move(route)));
  Node* node = root_.get();
  for (const auto segment : split(added.pattern)) {
    auto& next = !segment.starts_with('{')   ? node->literals[std::string(segment)]
                 : segment.ends_with("...}") ? node->tail
                                             : node->parameter;
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  if (!node->routes.emplace(added.method, &added).second) {
    throw std::logic_error("two routes for " + std::string(added.method) + " " + std::string(added.pattern));
  }
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  std::vector<std::string_view> values;
  const auto segments = split(path);
  const auto* node = root_->find(segments, values);
  if (node == nullptr) return match;
  for (const auto& [allowed, route] : node->routes)
    match.allowed.push_back(allowed);
  const auto found = node->routes.find(method);
  if (found == node->routes.end()) return match;
  const auto names = parameter_names(found->second->pattern);
  const bool has_tail = found->second->pattern.ends_with("...}");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (has_tail && i + 1 == names.size()) {
      match.params.emplace_back(names[i], values[i]);
      break;
    }
    auto decoded = base::percent_decode(values[i]);
    if (!decoded) return Match{};
    match.params.emplace_back(names[i], *std::move(decoded));
  }
  match.route = found->second;
  return match;
}

}  // namespace luot::http
