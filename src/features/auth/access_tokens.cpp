#include "features/auth/access_tokens.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.hpp"

namespace luot::auth {
namespace {

namespace json = boost::json;

base::Error invalid_token(std::string detail) {
  return {base::ErrorKind::kUnauthenticated, "invalid_token", std::move(detail), {}};
}

std::optional<base::Viewer> read_claims(const json::value& claims, std::int64_t& expires) {
  const auto* object = claims.if_object();
  if (object == nullptr) return std::nullopt;
  const auto* subject = object->if_contains("sub");
  const auto* name = object->if_contains("name");
  const auto* expiry = object->if_contains("exp");
  if (subject == nullptr || !subject->is_string() || name == nullptr || !name->is_string() || expiry == nullptr ||
      !expiry->is_int64()) {
    return std::nullopt;
  }
  const auto id = base::UserId::parse(std::string_view(subject->get_string()));
  if (!id) return std::nullopt;
  expires = expiry->get_int64();
  return base::Viewer{*id, std::string(name->get_string())};
}

}  // namespace

AccessTokens::Key AccessTokens::make_key(const base::HmacKey& hmac) {
  const auto kid = base::hex_encode(hmac.sign("kid").substr(0, 4));
  const json::object header{{"alg", "HS256"}, {"typ", "JWT"}, {"kid", kid}};
  return {base::base64url_encode(json::serialize(header)) + ".", hmac};
}

AccessTokens::AccessTokens(base::SigningKeys keys) : current_(make_key(keys.current())) {
  if (keys.previous()) previous_ = make_key(*keys.previous());
}

std::string AccessTokens::issue(const base::Viewer& viewer, base::Time now) const {
  const auto issued = base::unix_seconds(now);
  const json::object claims{
      {"sub", viewer.id.str()}, {"name", viewer.username}, {"iat", issued}, {"exp", issued + kAccessTokenLife.count()}};
  auto token = current_.header + base::base64url_encode(json::serialize(claims));
  const auto signature = current_.hmac.sign(token);
  return token + "." + base::base64url_encode(signature);
}

base::Result<base::Viewer> AccessTokens::verify(std::string_view token, base::Time now) const {
  const Key* key = token.starts_with(current_.header)                  ? &current_
                   : previous_ && token.starts_with(previous_->header) ? &*previous_
                                                                       : nullptr;
  const auto dot = token.rfind('.');
  if (key == nullptr || dot < key->header.size()) return invalid_token("This is not an access token of this server.");
  const auto signature = base::base64url_decode(token.substr(dot + 1));
  if (!signature || !base::equal_in_constant_time(key->hmac.sign(token.substr(0, dot)), *signature)) {
    return invalid_token("The access token's signature is wrong.");
  }
  const auto payload = base::base64url_decode(token.substr(key->header.size(), dot - key->header.size()));
  boost::system::error_code failure;
  std::int64_t expires = 0;
  auto viewer = payload ? read_claims(json::parse(*payload, failure), expires) : std::nullopt;
  if (!viewer || failure) return invalid_token("The access token's claims are not ours.");
  if (base::unix_seconds(now) >= expires) return invalid_token("The access token has expired; refresh it.");
  return *std::move(viewer);
}

}  // namespace luot::auth
