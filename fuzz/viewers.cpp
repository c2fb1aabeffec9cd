// What names a viewer who is not signed in: a token that may be forged, and on the second line a Cookie header.
#include "base/encoding.hpp"
#include "features/engagement/viewer_tokens.hpp"
#include "fuzz/property.hpp"
#include "http/cookies.hpp"

namespace luot::fuzz {
namespace {

const base::HmacKey kKey("current");
const base::HmacKey kPrevious("previous");
const engagement::ViewerTokens kTokens{base::SigningKeys("current", "previous")};

class CookieHeader final : public http::Headers {
 public:
  explicit CookieHeader(std::string_view value) : value_(value) {}
  [[nodiscard]] std::string_view find(std::string_view name) const override {
    return name == "Cookie" ? value_ : std::string_view();
  }

 private:
  std::string_view value_;
};

void check_token(std::string_view token) {
  const auto identity = kTokens.verify(token);
  if (!identity) return;
  const auto bytes = base::base64url_decode(*identity);
  require(bytes && bytes->size() == 16, "an identity has 16 bytes");
  const auto issued = [&](const base::HmacKey& key) {
    return base::base64url_encode(*bytes + key.sign(*bytes).substr(0, 16)) == token;
  };
  require(issued(kKey) || issued(kPrevious), "only what we issued is accepted, to the letter");
}

void check_cookie(std::string_view header) {
  const CookieHeader headers(header);
  http::Request request;
  request.headers = &headers;
  const auto value = http::cookie(request, "luot_viewer");
  require(value.find(';') == value.npos, "a cookie ends where the next begins");
  require(value.empty() || header.find("luot_viewer=") != header.npos, "a cookie is found by its name");
  const auto text = "luot_viewer=x; " + std::string(header);
  const CookieHeader longer(text);
  request.headers = &longer;
  require(http::cookie(request, "luot_viewer") == "x", "the first of a name counts");
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  check_token(lines.next());
  check_cookie(lines.rest());
}

}  // namespace luot::fuzz
