// Anonymous viewers: a random identity that only this server hands out, kept by the client in a cookie or sent in a
// header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"

namespace luot::engagement {

class ViewerTokens {
 public:
  explicit ViewerTokens(base::SigningKeys keys) : keys_(std::move(keys)) {}

  // base64url(16 random bytes || 16 bytes of HMAC-SHA256): 43 characters.
  [[nodiscard]] std::string issue() const;
  // The identity (22 characters), or nothing where the token is not ours.
  [[nodiscard]] std::optional<std::string> verify(std::string_view token) const;

 private:
  base::SigningKeys keys_;
};

}  // namespace luot::engagement
