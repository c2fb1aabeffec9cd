// The little cryptography that Luot needs, all of it libsodium's.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace luot::base {

void fill_random(std::span<std::byte> out);
std::string random_bytes(std::size_t count);

std::string sha256(std::string_view message);  // 32 bytes
// The same of a message that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view piece);
  [[nodiscard]] std::string finish();  // 32 bytes; once, at the end

 private:
  struct State;
  std::unique_ptr<State> state_;
};
bool equal_in_constant_time(std::string_view a, std::string_view b);

// HMAC-SHA256 (RFC 2104) with the key's part computed once. Safe to use from many threads.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  [[nodiscard]] std::string sign(std::string_view message) const;  // 32 bytes

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// The keys of one purpose: signs with the current one, also accepts the one before it (rotation).
class SigningKeys {
 public:
  explicit SigningKeys(std::string_view current) : current_(current) {}
  SigningKeys(std::string_view current, std::string_view previous) : current_(current), previous_(HmacKey(previous)) {}

  [[nodiscard]] std::string sign(std::string_view message) const { return current_.sign(message); }
  // `signature` may be cut to its first bytes, at least 16.
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;
  [[nodiscard]] const HmacKey& current() const { return current_; }
  [[nodiscard]] const std::optional<HmacKey>& previous() const { return previous_; }

 private:
  HmacKey current_;
  std::optional<HmacKey> previous_;
};

// HKDF-SHA256 (RFC 5869) for one output block: 32 bytes for one purpose, from one secret.
std::string derive_key(std::string_view secret, std::string_view purpose);

// Argon2id, 19 MiB and 2 passes (OWASP Password Storage Cheat Sheet). Each takes tens of milliseconds: use a
// BlockingPool.
std::string hash_password(std::string_view password);
bool verify_password(std::string_view password, const std::string& hash);

}  // namespace luot::base
