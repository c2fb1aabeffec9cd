#include "http/file_response.hpp"

#include <algorithm>
#include <charconv>

#include "http/error_response.hpp"

namespace luot::http {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure == std::errc::result_out_of_range && stopped == end) return UINT64_MAX;
  if (text.empty() || failure != std::errc() || stopped != end) return std::nullopt;
  return number;
}

// All but the body, which `cut` makes of the range asked for.
template <typename Cut>
Response ranged(const Request& request, std::uint64_t size, std::string content_type, const std::string& etag,
                const Cut& cut) {
  Response response;
  response.with("ETag", etag).with("Accept-Ranges", "bytes");
  if (etag_matches(request.header("If-None-Match"), etag)) {
    response.status = 304;
    return response;
  }
  ByteRange range{0, size};
  const auto if_range = request.header("If-Range");
  const bool may_cut = !request.is_head && (if_range.empty() || if_range == etag);
  const auto outcome = may_cut ? parse_range(request.header("Range"), size, range) : RangeOutcome::kWhole;
  if (outcome == RangeOutcome::kUnsatisfiable) {
    auto refusal = problem(416, "range_not_satisfiable", "The range begins beyond the end of the file.", request.id);
    refusal.with("Content-Range", "bytes */" + std::to_string(size));
    return refusal;
  }
  if (outcome == RangeOutcome::kPart) {
    response.status = 206;
    response.with("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                       std::to_string(range.first + range.length - 1) + "/" + std::to_string(size));
  }
  response.content_type = std::move(content_type);
  response.body = cut(range);
  return response;
}

}  // namespace

RangeOutcome parse_range(std::string_view header, std::uint64_t size, ByteRange& range) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit) || header.find(',') != std::string_view::npos) return RangeOutcome::kWhole;
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return RangeOutcome::kWhole;
  const auto first = parse_number(header.substr(0, dash));
  const auto last = parse_number(header.substr(dash + 1));
  if (dash == 0) {  // the last n bytes
    if (!last) return RangeOutcome::kWhole;
    if (*last == 0 || size == 0) return RangeOutcome::kUnsatisfiable;
    range.length = std::min(*last, size);
    range.first = size - range.length;
    return RangeOutcome::kPart;
  }
  const bool open_ended = dash + 1 == header.size();
  if (!first || (!last && !open_ended) || (last && *last < *first)) return RangeOutcome::kWhole;
  if (*first >= size) return RangeOutcome::kUnsatisfiable;
  range.first = *first;
  range.length = (open_ended ? size - 1 : std::min(*last, size - 1)) - *first + 1;
  return RangeOutcome::kPart;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  while (!if_none_match.empty()) {
    const auto comma = std::min(if_none_match.find(','), if_none_match.size());
    auto candidate = if_none_match.substr(0, comma);
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
    while (candidate.starts_with(' '))
      candidate.remove_prefix(1);
    while (candidate.ends_with(' '))
      candidate.remove_suffix(1);
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);  // weak comparison is what this header asks for
    if (candidate == etag) return true;
  }
  return false;
}

Response file_response(const Request& request, std::shared_ptr<const base::File> file, std::uint64_t size,
                       std::string content_type, std::string etag) {
  return ranged(request, size, std::move(content_type), etag, [&file](const ByteRange& range) {
    return FileSlice{std::move(file), range.first, range.length};
  });
}

Response bytes_response(const Request& request, SharedBytes bytes, std::string content_type, std::string etag) {
  return ranged(request, bytes.bytes.size(), std::move(content_type), etag, [&bytes](const ByteRange& range) {
    return std::vector<SharedBytes>{{bytes.owner, bytes.bytes.substr(range.first, range.length)}};
  });
}

}  // namespace luot::http
