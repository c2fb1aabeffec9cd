#include "http/head_scan.hpp"

#include <algorithm>

namespace luot::http {

HeadFault HeadScan::look(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    // A line that goes on in the next one (obs-fold) is one field to some and two to others: RFC 9112 section 5.2.
    if (line_length_ == 0 && lines_ > 0 && (bytes.front() == ' ' || bytes.front() == '\t')) return HeadFault::kFolded;
    const auto feed = bytes.find('\n');
    const auto length = std::min(feed, bytes.size());
    bytes_ += length;
    line_length_ += length;
    if (length > 0) last_ = bytes[length - 1];
    if (bytes_ > most_bytes_) return HeadFault::kTooLarge;
    if (feed == std::string_view::npos) return HeadFault::kNone;
    // So is a line that ends without a carriage return: section 2.2.
    if (line_length_ == 0 || last_ != '\r') return HeadFault::kBareLineFeed;
    if (++lines_ > most_lines_) return HeadFault::kTooLarge;
    ended_ = line_length_ == 1;
    line_length_ = 0;
    bytes_ += 1;
    bytes.remove_prefix(feed + 1);
  }
  return HeadFault::kNone;
}

}  // namespace luot::http
