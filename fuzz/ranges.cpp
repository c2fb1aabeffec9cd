// Range, the size it is asked of, If-None-Match, and If-Range, a line each.
#include <map>

#include "fuzz/property.hpp"
#include "http/file_response.hpp"

namespace luot::fuzz {
namespace {

constexpr std::string_view kTag = "\"0abcDEF1234-77\"";

class FixedHeaders final : public http::Headers {
 public:
  explicit FixedHeaders(std::map<std::string_view, std::string_view> fields) : fields_(std::move(fields)) {}
  [[nodiscard]] std::string_view find(std::string_view name) const override {
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::string_view() : found->second;
  }

 private:
  std::map<std::string_view, std::string_view> fields_;
};

void check_range(std::string_view header, std::uint64_t size) {
  constexpr http::ByteRange kUntouched{7, 9};
  http::ByteRange range = kUntouched;
  const auto outcome = http::parse_range(header, size, range);
  if (outcome != http::RangeOutcome::kPart) {
    require(range == kUntouched, "what is no part leaves the range alone");
    require(outcome == http::RangeOutcome::kWhole || header.starts_with("bytes="), "only bytes are refused");
    return;
  }
  require(range.length > 0 && range.first < size && range.length <= size - range.first, "a part lies in the file");
  http::ByteRange again;
  const auto plain = "bytes=" + std::to_string(range.first) + "-" + std::to_string(range.first + range.length - 1);
  require(http::parse_range(plain, size, again) == outcome && again == range, "a range read is a range written");
}

void check_tags(std::string_view header) {
  const auto list = std::string(header) + (header.empty() ? "" : ", ");
  require(http::etag_matches(list + std::string(kTag), kTag), "a tag in a list is found");
  require(http::etag_matches("W/" + std::string(kTag) + "," + std::string(header), kTag), "a weak one too");
  require(!http::etag_matches(header, kTag) || header == "*" || header.find(kTag) != header.npos,
          "a tag that is not there is not found");
}

void check_response(std::string_view range, std::uint64_t size, std::string_view if_none_match,
                    std::string_view if_range) {
  const FixedHeaders headers({{"Range", range}, {"If-None-Match", if_none_match}, {"If-Range", if_range}});
  http::Request request;
  request.headers = &headers;
  const auto response = http::file_response(request, nullptr, size, "video/mp4", std::string(kTag));
  require(response.status == 200 || response.status == 206 || response.status == 304 || response.status == 416,
          "a file is answered with 200, 206, 304 or 416");
  require(response.status != 304 || http::etag_matches(if_none_match, kTag), "304 needs a tag that matches");
  if (response.status == 200) require(http::body_size(response.body) == size, "200 is the whole file");
  if (response.status != 206) return;
  require(if_range.empty() || if_range == kTag, "an If-Range of another version gets the whole");
  const auto slice = std::get<http::FileSlice>(response.body);
  const auto told = "bytes " + std::to_string(slice.offset) + "-" + std::to_string(slice.offset + slice.length - 1) +
                    "/" + std::to_string(size);
  require(std::ranges::any_of(response.headers,
                              [&](const auto& h) { return h.first == "Content-Range" && h.second == told; }),
          "Content-Range tells the slice");
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto range = lines.next();
  const auto size = static_cast<std::uint64_t>(lines.number());
  const auto if_none_match = lines.next();
  check_range(range, size);
  check_tags(if_none_match);
  check_response(range, size, if_none_match, lines.next());
}

}  // namespace luot::fuzz
