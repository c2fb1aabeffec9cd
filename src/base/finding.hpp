// What a check found, in words for whoever runs the server.
#pragma once

#include <string>
#include <vector>

namespace luot::base {

struct Finding {
  enum class Kind { kGood, kMended, kDoubtful, kBroken };
  Kind kind{};
  std::string text;    // what is so
  std::string advice;  // what to do; empty where nothing is
};
using Findings = std::vector<Finding>;

inline Finding good(std::string text) {
  return {Finding::Kind::kGood, std::move(text), ""};
}
inline Finding mended(std::string text) {
  return {Finding::Kind::kMended, std::move(text), ""};
}
inline Finding doubtful(std::string text, std::string advice) {
  return {Finding::Kind::kDoubtful, std::move(text), std::move(advice)};
}
inline Finding broken(std::string text, std::string advice) {
  return {Finding::Kind::kBroken, std::move(text), std::move(advice)};
}

}  // namespace luot::base
