// Access tokens: a token that may be forged, the time in seconds, and from the third line on claims that are signed
// as they are, which nobody outside can do.
#include "features/auth/access_tokens.hpp"

#include <boost/json/parse.hpp>

#include "base/encoding.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

namespace json = boost::json;

const base::HmacKey kKey("current");
const auth::AccessTokens kTokens{base::SigningKeys("current", "previous")};
const auth::AccessTokens kFormer{base::SigningKeys("previous")};

base::Time at(std::int64_t seconds) {
  return base::Time(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 1LL << 40)));
}

// The claims of a token that was accepted.
json::object claims_of(std::string_view token) {
  const auto dot = token.find('.');
  return json::parse(*base::base64url_decode(token.substr(dot + 1, token.rfind('.') - dot - 1))).as_object();
}

void check_forged(std::string_view token, base::Time now) {
  const auto viewer = kTokens.verify(token, now);
  if (!viewer) {
    require(viewer.error().code == "invalid_token", "a refusal has its one code");
    return;
  }
  const auto expires = claims_of(token).at("exp").as_int64();
  const auto issued = at(expires - auth::kAccessTokenLife.count());
  require(base::unix_seconds(now) < expires, "what has expired is refused");
  require(kTokens.issue(*viewer, issued) == token || kFormer.issue(*viewer, issued) == token,
          "only what we issued is accepted, to the letter");
}

void check_issued(std::string_view mask, base::Time now) {
  const base::Viewer viewer{base::UserId{static_cast<std::int64_t>(mask.size()) << 32}, "lan"};
  const auto token = kTokens.issue(viewer, now);
  const auto read = kTokens.verify(token, now);
  require(read && read->id == viewer.id && read->username == viewer.username, "a token gives back its viewer");
  require(kTokens.verify(kFormer.issue(viewer, now), now).has_value(), "the previous key is accepted");
  require(!kFormer.verify(token, now).has_value(), "another key is not");
  require(!kTokens.verify(token, now + auth::kAccessTokenLife).has_value(), "a token expires to the second");
  const auto changed = mangled(token, mask);
  require(changed == token || !kTokens.verify(changed, now).has_value(), "a changed token is refused");
}

void check_claims(std::string_view claims, base::Time now) {
  auto token = kTokens.issue({base::UserId{1}, "lan"}, now);
  token = token.substr(0, token.find('.') + 1) + base::base64url_encode(claims);
  token += "." + base::base64url_encode(kKey.sign(token));
  const auto viewer = kTokens.verify(token, now);
  if (!viewer) return;
  const auto read = json::parse(claims).as_object();
  require(read.at("sub").as_string() == viewer->id.str(), "the subject is an id of ours");
  require(read.at("name").as_string() == viewer->username, "the name is the claim's");
  require(read.at("exp").as_int64() > base::unix_seconds(now), "what has expired is refused");
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto token = lines.next();
  const auto now = at(lines.number());
  check_forged(token, now);
  check_issued(lines.rest(), now);
  check_claims(lines.rest(), now);
}

}  // namespace luot::fuzz
