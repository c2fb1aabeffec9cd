#include "adapters/s3/s3_xml.hpp"

#include <charconv>
#include <pugixml.hpp>
#include <sstream>

namespace luot::s3 {
namespace {

// The root, where the document is one of that name.
std::optional<pugi::xml_node> parsed(pugi::xml_document& document, const std::string& xml, const char* name) {
  const auto outcome = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!outcome || std::string_view(document.document_element().name()) != name) return std::nullopt;
  return document.document_element();
}

std::string text_of(pugi::xml_node node, const char* child) {
  return node.child(child).text().get();
}

template <typename Number>
std::optional<Number> number_of(pugi::xml_node node, const char* child) {
  const auto text = text_of(node, child);
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end) return std::nullopt;
  return number;
}

// Where another page is promised, it must be said how to ask for it.
bool promises_more(pugi::xml_node root) {
  return text_of(root, "IsTruncated") == "true";
}

std::string quoted(const std::string& etag) {
  return etag.starts_with('"') ? etag : "\"" + etag + "\"";
}

std::string written(const pugi::xml_document& document) {
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  return text.str();
}

void add_text(pugi::xml_node node, const char* name, const std::string& text) {
  node.append_child(name).text().set(text.c_str());
}

}  // namespace

bool is_document(const std::string& xml, const char* root) {
  pugi::xml_document document;
  return parsed(document, xml, root).has_value();
}

std::optional<Failure> read_failure(const std::string& xml) {
  pugi::xml_document document;
  const auto root = parsed(document, xml, "Error");
  if (!root) return std::nullopt;
  return Failure{text_of(*root, "Code"), text_of(*root, "Message")};
}

std::optional<ObjectPage> read_objects(const std::string& xml) {
  pugi::xml_document document;
  const auto root = parsed(document, xml, "ListBucketResult");
  if (!root) return std::nullopt;
  ObjectPage page;
  for (const auto object : root->children("Contents"))
    page.keys.push_back(text_of(object, "Key"));
  if (promises_more(*root)) {
    page.next = text_of(*root, "NextContinuationToken");
    if (page.next->empty()) return std::nullopt;
  }
  return page;
}

std::optional<PartPage> read_parts(const std::string& xml) {
  pugi::xml_document document;
  const auto root = parsed(document, xml, "ListPartsResult");
  if (!root) return std::nullopt;
  PartPage page;
  for (const auto part : root->children("Part")) {
    const auto number = number_of<std::int64_t>(part, "PartNumber");
    const auto size = number_of<std::uint64_t>(part, "Size");
    if (!number || !size) return std::nullopt;
    page.parts.push_back({*number, *size, quoted(text_of(part, "ETag"))});
  }
  if (promises_more(*root)) {
    page.next = text_of(*root, "NextPartNumberMarker");
    if (page.next->empty()) return std::nullopt;
  }
  return page;
}

std::optional<UploadPage> read_uploads(const std::string& xml) {
  pugi::xml_document document;
  const auto root = parsed(document, xml, "ListMultipartUploadsResult");
  if (!root) return std::nullopt;
  UploadPage page;
  for (const auto upload : root->children("Upload"))
    page.uploads.push_back({text_of(upload, "Key"), text_of(upload, "UploadId")});
  if (promises_more(*root)) {
    page.next.emplace(text_of(*root, "NextKeyMarker"), text_of(*root, "NextUploadIdMarker"));
    if (page.next->first.empty()) return std::nullopt;
  }
  return page;
}

std::optional<std::string> read_upload_id(const std::string& xml) {
  pugi::xml_document document;
  const auto root = parsed(document, xml, "InitiateMultipartUploadResult");
  const auto id = root ? text_of(*root, "UploadId") : std::string();
  return id.empty() ? std::nullopt : std::optional(id);
}

std::optional<std::string> read_copied_etag(const std::string& xml) {
  pugi::xml_document document;
  const auto root = parsed(document, xml, "CopyPartResult");
  const auto etag = root ? text_of(*root, "ETag") : std::string();
  return etag.empty() ? std::nullopt : std::optional(quoted(etag));
}

std::optional<std::vector<std::pair<std::string, std::string>>> read_not_removed(const std::string& xml) {
  pugi::xml_document document;
  const auto root = parsed(document, xml, "DeleteResult");
  if (!root) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> failed;
  for (const auto error : root->children("Error"))
    failed.emplace_back(text_of(error, "Key"), text_of(error, "Code"));
  return failed;
}

std::string write_parts(const std::vector<ports::Part>& parts) {
  pugi::xml_document document;
  auto root = document.append_child("CompleteMultipartUpload");
  for (const auto& part : parts) {
    auto node = root.append_child("Part");
    add_text(node, "PartNumber", std::to_string(part.number));
    add_text(node, "ETag", part.etag);
  }
  return written(document);
}

std::string write_removal(const std::vector<std::string>& keys) {
  pugi::xml_document document;
  auto root = document.append_child("Delete");
  for (const auto& key : keys)
    add_text(root.append_child("Object"), "Key", key);
  add_text(root, "Quiet", "true");
  return written(document);
}

}  // namespace luot::s3
