// A bucket's rules, as XML: what of them matters here, and ours beside those that are there.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace luot::s3 {

struct LifecycleRule {
  std::string id;
  std::string prefix;  // of the keys that it is for
  bool ends_unfinished_uploads = false;
  bool removes_objects = false;
};

// Those in force. Nothing where `xml` is no such document.
std::optional<std::vector<LifecycleRule>> read_lifecycle(const std::string& xml);

// `xml`: the rules that there are, or empty. Ours replaces an older one of ours; nothing where `xml` cannot be read.
std::optional<std::string> with_lifecycle_rule(const std::string& xml, const std::string& prefix);
// Ours stands first, since the first that matches counts.
std::optional<std::string> with_cors_rule(const std::string& xml, const std::vector<std::string>& origins);

}  // namespace luot::s3
