// All keys come from one secret by HKDF, each for one purpose.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"

namespace luot::app {

class Keys {
 public:
  Keys(std::string secret, std::optional<std::string> previous_secret)
      : secret_(std::move(secret)), previous_secret_(std::move(previous_secret)) {}

  // What was signed before a rotation (LUOT_SECRET_PREVIOUS) is still accepted.
  [[nodiscard]] base::SigningKeys signing(std::string_view purpose) const;
  [[nodiscard]] std::string key(std::string_view purpose) const { return base::derive_key(secret_, purpose); }
  // For those who only check: the current key, and the one before it where there is one.
  [[nodiscard]] std::vector<std::string> accepted(std::string_view purpose) const;

 private:
  std::string secret_;
  std::optional<std::string> previous_secret_;
};

// What whoever is handed a key for one purpose alone gets: edges, and the object store that sends notifications.
std::vector<std::string> edge_keys(const Keys& keys);             // hexadecimal
std::vector<std::string> storage_event_tokens(const Keys& keys);  // base64url

// The secret in `file`, made there at first start (256 random bits, readable by its owner only). Throws
// std::runtime_error where others may read the file.
std::string load_or_make_secret(const std::filesystem::path& file);

}  // namespace luot::app
