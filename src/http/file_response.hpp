// Files and bytes as answers: Range (RFC 9110 section 14), conditional requests, HEAD.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace luot::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeOutcome { kWhole, kPart, kUnsatisfiable };

// One range of "bytes=..."; what is malformed, of another unit, or more than one range asks for the whole.
RangeOutcome parse_range(std::string_view header, std::uint64_t size, ByteRange& range);

// True where If-None-Match names `etag` (a quoted, strong tag) or is "*".
bool etag_matches(std::string_view if_none_match, std::string_view etag);

// 200, 206, 304 or the 416 problem. `etag` is strong and quoted.
Response file_response(const Request& request, std::shared_ptr<const base::File> file, std::uint64_t size,
                       std::string content_type, std::string etag);
// The same of bytes in memory.
Response bytes_response(const Request& request, SharedBytes bytes, std::string content_type, std::string etag);

}  // namespace luot::http
