#include "features/engagement/viewer_tokens.hpp"

#include "base/encoding.hpp"

namespace luot::engagement {
namespace {
constexpr std::size_t kIdentityBytes = 16;
constexpr std::size_t kMacBytes = 16;
}  // namespace

std::string ViewerTokens::issue() const {
  const auto identity = base::random_bytes(kIdentityBytes);
  return base::base64url_encode(identity + keys_.sign(identity).substr(0, kMacBytes));
}

std::optional<std::string> ViewerTokens::verify(std::string_view token) const {
  const auto bytes = base::base64url_decode(token);
  if (!bytes || bytes->size() != kIdentityBytes + kMacBytes) return std::nullopt;
  const auto identity = std::string_view(*bytes).substr(0, kIdentityBytes);
  if (!keys_.verify(identity, std::string_view(*bytes).substr(kIdentityBytes))) return std::nullopt;
  return base::base64url_encode(identity);
}

}  // namespace luot::engagement
