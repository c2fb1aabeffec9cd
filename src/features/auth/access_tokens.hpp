// Access tokens: JWT (RFC 7519), HMAC-SHA256, 15 minutes, with the signing key's `kid`.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/viewer.hpp"

namespace luot::auth {

inline constexpr std::chrono::seconds kAccessTokenLife{900};

class AccessTokens {
 public:
  explicit AccessTokens(base::SigningKeys keys);

  [[nodiscard]] std::string issue(const base::Viewer& viewer, base::Time now) const;
  // Error: 401 invalid_token.
  [[nodiscard]] base::Result<base::Viewer> verify(std::string_view token, base::Time now) const;

 private:
  // Only a header that we would write ourselves is accepted, to the letter, so a token cannot choose its algorithm.
  struct Key {
    std::string header;  // encoded, with its dot
    base::HmacKey hmac;
  };
  static Key make_key(const base::HmacKey& hmac);

  Key current_;
  std::optional<Key> previous_;
};

}  // namespace luot::auth
