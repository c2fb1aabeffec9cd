// All keys come from one secret by HKDF, each for one purpose.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"

namespace luot::app {

class Keys {
 public:
  Keys(std::string secret, std::optional<std::string> previous_secret)
      : secret_(std::move(secret)), previous_secret_(std::move(previous_secret)) {}

  // What was signed before a rotation (LUOT_SECRET_PREVIOUS) is still accepted.
  [[nodiscard]] base::SigningKeys signing(std::string_view purpose) const;
  [[nodiscard]] std::string key(std::string_view purpose) const { return base::derive_key(secret_, purpose); }

 private:
  std::string secret_;
  std::optional<std::string> previous_secret_;
};

// The secret in `file`, made there at first start (256 random bits, readable by its owner only). Throws
// std::runtime_error where others may read the file.
std::string load_or_make_secret(const std::filesystem::path& file);

}  // namespace luot::app
