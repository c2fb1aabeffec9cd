// What looks after a request's head as it arrives: a line whose bytes say, each in turn, how many come at once; and the
// head.
#include "http/head_scan.hpp"

#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

using http::HeadFault;

constexpr std::size_t kMostBytes = 200;
constexpr std::size_t kMostLines = 8;

// The same, told plainly: line after line of a head that is there in whole.
HeadFault expected(std::string_view head) {
  std::size_t start = 0;
  for (std::size_t lines = 0;; ++lines) {
    if (start == head.size()) return HeadFault::kNone;
    if (lines > 0 && (head[start] == ' ' || head[start] == '\t')) return HeadFault::kFolded;
    const auto feed = head.find('\n', start);
    if (std::min(feed, head.size()) > kMostBytes) return HeadFault::kTooLarge;
    if (feed == std::string_view::npos) return HeadFault::kNone;
    if (feed == start || head[feed - 1] != '\r') return HeadFault::kBareLineFeed;
    if (lines == kMostLines) return HeadFault::kTooLarge;
    if (feed - start == 1) return HeadFault::kNone;
    start = feed + 1;
  }
}

HeadFault in_pieces(std::string_view head, std::string_view sizes) {
  http::HeadScan scan(kMostBytes, kMostLines);
  for (std::size_t i = 0; !head.empty(); ++i) {
    const auto digit = sizes.empty() ? 1U : static_cast<unsigned char>(sizes[i % sizes.size()]) % 16U;
    const auto piece = head.substr(0, std::max(digit, 1U));
    const auto fault = scan.look(piece);
    if (fault != HeadFault::kNone) return fault;
    head.remove_prefix(piece.size());
  }
  return HeadFault::kNone;
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto sizes = lines.next();
  const auto head = lines.rest();
  const auto plain = expected(head);
  http::HeadScan scan(kMostBytes, kMostLines);
  require(scan.look(head) == plain, "a head in whole is what it plainly is");
  require(in_pieces(head, sizes) == plain, "and so it is in pieces");
  require(in_pieces(head, "") == plain, "and byte by byte");
}

}  // namespace luot::fuzz
