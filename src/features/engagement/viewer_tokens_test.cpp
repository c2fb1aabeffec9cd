#include "features/engagement/viewer_tokens.hpp"

#include <gtest/gtest.h>

namespace luot::engagement {
namespace {

TEST(ViewerTokens, NameOneViewerEach) {
  const ViewerTokens tokens{base::SigningKeys("key")};
  const auto token = tokens.issue();
  EXPECT_EQ(token.size(), 43U);
  ASSERT_TRUE(tokens.verify(token));
  EXPECT_EQ(tokens.verify(token)->size(), 22U);
  EXPECT_EQ(tokens.verify(token), tokens.verify(token));
  EXPECT_NE(tokens.verify(token), tokens.verify(tokens.issue()));
  EXPECT_TRUE(ViewerTokens(base::SigningKeys("newer", "key")).verify(token));
}

TEST(ViewerTokens, CannotBeMadeUp) {
  const ViewerTokens tokens{base::SigningKeys("key")};
  const auto token = tokens.issue();
  EXPECT_FALSE(ViewerTokens(base::SigningKeys("other")).verify(token));
  EXPECT_FALSE(tokens.verify(""));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.verify(forged)) << i;
  }
}

}  // namespace
}  // namespace luot::engagement
