// What an S3 server says: any bytes as each of its documents, and as rules of a bucket that ours are put beside.
#include "adapters/s3/s3_rules.hpp"
#include "adapters/s3/s3_xml.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

void check_pages(const std::string& xml) {
  if (const auto page = s3::read_objects(xml)) {
    require(!page->next || !page->next->empty(), "another page can be asked for");
    require(!s3::read_failure(xml), "a document is of one kind");
  }
  if (const auto page = s3::read_parts(xml)) {
    for (const auto& part : page->parts)
      require(part.etag.starts_with('"'), "an ETag is quoted");
    // What was read can be said, and read again.
    require(s3::is_document(s3::write_parts(page->parts), "CompleteMultipartUpload"), "parts can be written");
  }
  if (const auto page = s3::read_uploads(xml)) {
    require(!page->next || !page->next->first.empty(), "another page can be asked for");
  }
  if (const auto id = s3::read_upload_id(xml)) require(!id->empty(), "an upload has an id");
  if (const auto etag = s3::read_copied_etag(xml)) require(etag->starts_with('"'), "an ETag is quoted");
  s3::read_not_removed(xml);
}

void check_rules(const std::string& xml) {
  const auto before = s3::read_lifecycle(xml);
  const auto ours = s3::with_lifecycle_rule(xml, "luot/");
  require(before.has_value() == ours.has_value(), "rules that can be read can be added to");
  if (ours) {
    const auto after = s3::read_lifecycle(*ours);
    require(after && !after->empty() && after->back().ends_unfinished_uploads && after->back().prefix == "luot/",
            "our rule is the last");
    require(after->size() <= before->size() + 1, "there is one rule of ours");
    require(s3::with_lifecycle_rule(*ours, "luot/") == ours, "adding it again changes nothing");
  }
  const auto cors = s3::with_cors_rule(xml, {"https://a.example"});
  if (cors) require(s3::with_cors_rule(*cors, {"https://a.example"}) == cors, "adding it again changes nothing");
}

}  // namespace

void check(std::string_view input) {
  const std::string xml(input);
  check_pages(xml);
  check_rules(xml);
}

}  // namespace luot::fuzz
