#include "app/keys.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/file.hpp"

namespace luot::app {

namespace fs = std::filesystem;

base::SigningKeys Keys::signing(std::string_view purpose) const {
  if (!previous_secret_) return base::SigningKeys(key(purpose));
  return {key(purpose), base::derive_key(*previous_secret_, purpose)};
}

std::vector<std::string> Keys::accepted(std::string_view purpose) const {
  std::vector<std::string> keys{key(purpose)};
  if (previous_secret_) keys.push_back(base::derive_key(*previous_secret_, purpose));
  return keys;
}

std::vector<std::string> edge_keys(const Keys& keys) {
  auto all = keys.accepted("media");
  std::ranges::transform(all, all.begin(), base::hex_encode);
  return all;
}

std::vector<std::string> storage_event_tokens(const Keys& keys) {
  auto all = keys.accepted("storage events");
  std::ranges::transform(all, all.begin(), base::base64url_encode);
  return all;
}

std::string load_or_make_secret(const fs::path& file) {
  if (!fs::exists(file)) base::replace_file_durably(file, base::hex_encode(base::random_bytes(32)));
  const auto others = fs::perms::group_all | fs::perms::others_all;
  if ((fs::status(file).permissions() & others) != fs::perms::none) {
    throw std::runtime_error(file.string() + " holds the server's secret but others may read it: chmod 600 it");
  }
  auto secret = base::read_file(file);
  if (secret.size() < 32)
    throw std::runtime_error(file.string() + " does not hold a secret: remove it to get a new one");
  return secret;
}

}  // namespace luot::app
