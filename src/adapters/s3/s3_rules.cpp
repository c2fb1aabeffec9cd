#include "adapters/s3/s3_rules.hpp"

#include <pugixml.hpp>
#include <sstream>

namespace luot::s3 {
namespace {

constexpr const char* kCorsId = "luot-web-page";
constexpr const char* kLifecycleId = "luot-unfinished-uploads";
constexpr const char* kUnfinishedDays = "2";  // an upload in parts has a day

// The document's root of that name, made where there is no document; null for another document.
pugi::xml_node opened(pugi::xml_document& document, const std::string& xml, const char* name) {
  if (xml.empty()) return document.append_child(name);
  if (!document.load_buffer(xml.data(), xml.size())) return {};
  return std::string_view(document.document_element().name()) == name ? document.document_element() : pugi::xml_node();
}

void add(pugi::xml_node node, const char* name, const std::string& text) {
  node.append_child(name).text().set(text.c_str());
}

void remove_own(pugi::xml_node root, const char* rule, const char* id) {
  for (auto node = root.child(rule); node;) {
    const auto next = node.next_sibling(rule);
    if (std::string_view(node.child("ID").text().get()) == id) root.remove_child(node);
    node = next;
  }
}

std::string written(const pugi::xml_document& document) {
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  return text.str();
}

LifecycleRule read_rule(pugi::xml_node node) {
  LifecycleRule rule;
  rule.id = node.child("ID").text().get();
  // In one of three places, by the rule's age and kind.
  for (const auto place : {node, node.child("Filter"), node.child("Filter").child("And")}) {
    if (place.child("Prefix")) rule.prefix = place.child("Prefix").text().get();
  }
  rule.ends_unfinished_uploads = static_cast<bool>(node.child("AbortIncompleteMultipartUpload"));
  const auto expiration = node.child("Expiration");
  rule.removes_objects = expiration.child("Days") || expiration.child("Date");
  return rule;
}

}  // namespace

std::optional<std::vector<LifecycleRule>> read_lifecycle(const std::string& xml) {
  pugi::xml_document document;
  const auto root = opened(document, xml, "LifecycleConfiguration");
  if (!root) return std::nullopt;
  std::vector<LifecycleRule> rules;
  for (const auto node : root.children("Rule")) {
    if (std::string_view(node.child("Status").text().get()) == "Enabled") rules.push_back(read_rule(node));
  }
  return rules;
}

std::optional<std::string> with_lifecycle_rule(const std::string& xml, const std::string& prefix) {
  pugi::xml_document document;
  auto root = opened(document, xml, "LifecycleConfiguration");
  if (!root) return std::nullopt;
  remove_own(root, "Rule", kLifecycleId);
  auto rule = root.append_child("Rule");
  add(rule, "ID", kLifecycleId);
  add(rule.append_child("Filter"), "Prefix", prefix);
  add(rule, "Status", "Enabled");
  add(rule.append_child("AbortIncompleteMultipartUpload"), "DaysAfterInitiation", kUnfinishedDays);
  return written(document);
}

std::optional<std::string> with_cors_rule(const std::string& xml, const std::vector<std::string>& origins) {
  pugi::xml_document document;
  auto root = opened(document, xml, "CORSConfiguration");
  if (!root) return std::nullopt;
  remove_own(root, "CORSRule", kCorsId);
  auto rule = root.prepend_child("CORSRule");
  add(rule, "ID", kCorsId);
  for (const auto& origin : origins)
    add(rule, "AllowedOrigin", origin);
  for (const auto* method : {"GET", "HEAD", "PUT"})
    add(rule, "AllowedMethod", method);
  add(rule, "AllowedHeader", "*");
  for (const auto* header : {"ETag", "Accept-Ranges", "Content-Length", "Content-Range"})
    add(rule, "ExposeHeader", header);
  add(rule, "MaxAgeSeconds", "3600");
  return written(document);
}

}  // namespace luot::s3
