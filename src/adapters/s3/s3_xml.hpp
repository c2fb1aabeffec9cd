// What S3 says and wants to hear, as XML. Readers return nothing for what is not the document they expect: nothing in
// it is trusted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/object_store.hpp"

namespace luot::s3 {

// Whether it is a document with this root.
bool is_document(const std::string& xml, const char* root);

struct Failure {
  std::string code;  // "NoSuchKey"
  std::string message;
};
std::optional<Failure> read_failure(const std::string& xml);

struct ObjectPage {
  std::vector<std::string> keys;
  std::optional<std::string> next;  // the token of the next page
};
std::optional<ObjectPage> read_objects(const std::string& xml);

struct PartPage {
  std::vector<ports::Part> parts;
  std::optional<std::string> next;  // the marker of the next page
};
std::optional<PartPage> read_parts(const std::string& xml);

struct UploadPage {
  std::vector<ports::Multipart> uploads;
  std::optional<std::pair<std::string, std::string>> next;  // the markers of the next page: key, upload id
};
std::optional<UploadPage> read_uploads(const std::string& xml);

std::optional<std::string> read_upload_id(const std::string& xml);
std::optional<std::string> read_copied_etag(const std::string& xml);  // of a part; quoted

// Of a removal of many: what could not be removed, with the reason's code.
std::optional<std::vector<std::pair<std::string, std::string>>> read_not_removed(const std::string& xml);

std::string write_parts(const std::vector<ports::Part>& parts);
std::string write_removal(const std::vector<std::string>& keys);

}  // namespace luot::s3
