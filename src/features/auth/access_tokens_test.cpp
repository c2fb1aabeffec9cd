#include "features/auth/access_tokens.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace luot::auth {
namespace {

const base::Time kNow{std::chrono::seconds(1'800'000'000)};
const base::Viewer kViewer{base::UserId{42}, "lan"};

TEST(AccessTokens, AreTheirViewerUntilTheyExpire) {
  const AccessTokens tokens{base::SigningKeys("key")};
  const auto token = tokens.issue(kViewer, kNow);
  EXPECT_EQ(tokens.verify(token, kNow)->id, kViewer.id);
  EXPECT_EQ(tokens.verify(token, kNow + std::chrono::seconds(899))->username, "lan");
  EXPECT_EQ(tokens.verify(token, kNow + kAccessTokenLife).error().code, "invalid_token");
}

TEST(AccessTokens, OutliveOneRotationOfTheKey) {
  const auto token = AccessTokens(base::SigningKeys("key")).issue(kViewer, kNow);
  EXPECT_TRUE(AccessTokens(base::SigningKeys("newer", "key")).verify(token, kNow));
  EXPECT_FALSE(AccessTokens(base::SigningKeys("newest", "newer")).verify(token, kNow));
}

TEST(AccessTokens, EveryChangedCharacterIsNoticed) {
  const AccessTokens tokens{base::SigningKeys("key")};
  const auto token = tokens.issue(kViewer, kNow);
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.verify(forged, kNow)) << i;
    EXPECT_FALSE(tokens.verify(token.substr(0, i), kNow)) << i;
  }
}

TEST(AccessTokens, CannotChooseTheirAlgorithm) {
  const AccessTokens tokens{base::SigningKeys("key")};
  const auto token = tokens.issue(kViewer, kNow);
  const auto claims = token.substr(token.find('.'), token.rfind('.') - token.find('.'));
  EXPECT_FALSE(tokens.verify(base::base64url_encode(R"({"alg":"none","typ":"JWT"})") + claims + ".", kNow));
  EXPECT_FALSE(tokens.verify("..", kNow));
  EXPECT_FALSE(tokens.verify("", kNow));
}

}  // namespace
}  // namespace luot::auth
