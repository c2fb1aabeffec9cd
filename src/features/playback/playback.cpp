#include "features/playback/playback.hpp"

#include "base/encoding.hpp"

namespace luot::playback {
namespace {

constexpr std::size_t kExpiryBytes = 4;
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kMediaMacBytes = 32;
constexpr std::size_t kPlayMacBytes = 16;

void append_big_endian(std::string& bytes, std::uint64_t value, std::size_t count) {
  for (std::size_t i = count; i-- > 0;)
    bytes.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes)
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string media_text(std::string_view prefix, std::int64_t expiry) {
  return std::string(prefix) + "\n" + std::to_string(expiry);
}

bool is_plain_segment(std::string_view segment) {
  return !segment.empty() && !segment.starts_with('.') && std::ranges::all_of(segment, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == '-';
  });
}

// "videos/{id}/{rev}/" of "videos/{id}/{rev}/{file}", or an empty view for any other path.
std::string_view prefix_of(std::string_view path) {
  std::size_t slashes = 0;
  std::size_t start = 0;
  std::string_view prefix;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != '/') continue;
    if (!is_plain_segment(path.substr(start, i - start))) return {};
    if (i < path.size() && ++slashes == 3) prefix = path.substr(0, i + 1);
    start = i + 1;
  }
  return slashes == 3 && path.starts_with("videos/") ? prefix : std::string_view();
}

std::string play_token_head(base::VideoId video, std::uint64_t issued) {
  std::string head;
  append_big_endian(head, issued, kExpiryBytes);
  append_big_endian(head, static_cast<std::uint64_t>(video.value), kIdBytes);
  return head;
}

}  // namespace

std::string MediaSigner::token(std::string_view prefix, std::int64_t expiry) const {
  std::string bytes;
  append_big_endian(bytes, static_cast<std::uint64_t>(expiry), kExpiryBytes);
  return base::base64url_encode(bytes + keys_.sign(media_text(prefix, expiry)));
}

bool MediaSigner::verify(std::string_view token, std::string_view path, base::Time now) const {
  const auto prefix = prefix_of(path);
  const auto bytes = base::base64url_decode(token);
  if (prefix.empty() || !bytes || bytes->size() != kExpiryBytes + kMediaMacBytes) return false;
  const auto expiry = static_cast<std::int64_t>(read_big_endian(std::string_view(*bytes).substr(0, kExpiryBytes)));
  if (base::unix_seconds(now) >= expiry) return false;
  return keys_.verify(media_text(prefix, expiry), std::string_view(*bytes).substr(kExpiryBytes));
}

std::int64_t MediaSigner::window_of(base::Time now) {
  return base::unix_seconds(now) / std::chrono::seconds(kWindow).count();
}

std::string MediaSigner::signed_base(std::string_view prefix, base::Time now) const {
  const auto expiry = (window_of(now) + 2) * std::chrono::seconds(kWindow).count();
  return edge_url_ + "/" + token(prefix, expiry) + "/";
}

std::string PlayTokens::issue(base::VideoId video, base::Time now) const {
  const auto head = play_token_head(video, static_cast<std::uint64_t>(base::unix_seconds(now)));
  return base::base64url_encode(head + keys_.sign(head).substr(0, kPlayMacBytes));
}

std::optional<base::Time> PlayTokens::issued_at(std::string_view token, base::VideoId video) const {
  const auto bytes = base::base64url_decode(token);
  if (!bytes || bytes->size() != kExpiryBytes + kIdBytes + kPlayMacBytes) return std::nullopt;
  const auto issued = read_big_endian(std::string_view(*bytes).substr(0, kExpiryBytes));
  const auto head = play_token_head(video, issued);
  if (!keys_.verify(head, std::string_view(*bytes).substr(head.size()))) return std::nullopt;
  if (!bytes->starts_with(head)) return std::nullopt;
  return base::Time(std::chrono::seconds(issued));
}

}  // namespace luot::playback
