#include "base/crypto.hpp"

#include <sodium.h>

#include <stdexcept>

namespace luot::base {
namespace {

constexpr std::size_t kArgonMemory = 19U * 1024 * 1024;
constexpr unsigned long long kArgonPasses = 2;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

void fill_random(std::span<std::byte> out) {
  // libsodium asks getrandom(2); sodium_init would only pick faster variants of other primitives.
  randombytes_buf(out.data(), out.size());
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string sha256(std::string_view message) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(bytes_of(digest), bytes_of(message), message.size());
  return digest;
}

struct Sha256::State {
  crypto_hash_sha256_state hashed;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->hashed);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view piece) {
  crypto_hash_sha256_update(&state_->hashed, bytes_of(piece), piece.size());
}

std::string Sha256::finish() {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(&state_->hashed, bytes_of(digest));
  return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct HmacKey::State {
  crypto_auth_hmacsha256_state keyed;
};

HmacKey::HmacKey(std::string_view key) {
  auto state = std::make_shared<State>();
  crypto_auth_hmacsha256_init(&state->keyed, bytes_of(key), key.size());
  state_ = std::move(state);
}

std::string HmacKey::sign(std::string_view message) const {
  crypto_auth_hmacsha256_state state = state_->keyed;
  crypto_auth_hmacsha256_update(&state, bytes_of(message), message.size());
  std::string signature(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, bytes_of(signature));
  return signature;
}

bool SigningKeys::verify(std::string_view message, std::string_view signature) const {
  constexpr std::size_t kShortest = 16;
  if (signature.size() < kShortest || signature.size() > crypto_auth_hmacsha256_BYTES) return false;
  const auto matches = [&](const HmacKey& key) {
    return equal_in_constant_time(key.sign(message).substr(0, signature.size()), signature);
  };
  return matches(current_) || (previous_ && matches(*previous_));
}

std::string derive_key(std::string_view secret, std::string_view purpose) {
  const std::string pseudorandom_key = HmacKey(std::string(32, '\0')).sign(secret);
  std::string info(purpose);
  info.push_back('\x01');
  return HmacKey(pseudorandom_key).sign(info);
}

std::string hash_password(std::string_view password) {
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), kArgonPasses, kArgonMemory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::runtime_error("argon2id: out of memory");
  }
  hash.resize(hash.find('\0'));
  return hash;
}

bool verify_password(std::string_view password, const std::string& hash) {
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace luot::base
