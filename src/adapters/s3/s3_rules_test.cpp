#include "adapters/s3/s3_rules.hpp"

#include <gmock/gmock.h>

namespace luot::s3 {
namespace {

using ::testing::HasSubstr;

TEST(S3Rules, ReadsTheLifecycleRulesInForce) {
  const auto rules = read_lifecycle(R"(<LifecycleConfiguration>
    <Rule><ID>a</ID><Filter><Prefix>videos/</Prefix></Filter><Status>Enabled</Status>
      <Expiration><Days>3</Days></Expiration></Rule>
    <Rule><ID>b</ID><Prefix/><Status>Enabled</Status>
      <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
    <Rule><ID>c</ID><Filter><And><Prefix>x/</Prefix></And></Filter><Status>Enabled</Status>
      <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
    <Rule><ID>d</ID><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule>
    </LifecycleConfiguration>)");
  ASSERT_TRUE(rules);
  EXPECT_THAT(*rules, ::testing::ElementsAre(::testing::FieldsAre("a", "videos/", false, true),
                                             ::testing::FieldsAre("b", "", true, false),
                                             ::testing::FieldsAre("c", "x/", false, false)));
}

TEST(S3Rules, KeepOthersAndReplaceOurOwn) {
  const std::string other = "<LifecycleConfiguration><Rule><ID>other</ID></Rule></LifecycleConfiguration>";
  const auto once = with_lifecycle_rule(other, "luot/");
  ASSERT_TRUE(once);
  EXPECT_THAT(*once, HasSubstr("<ID>other</ID>"));
  EXPECT_THAT(*once, HasSubstr("<Filter><Prefix>luot/</Prefix></Filter><Status>Enabled</Status>"));
  EXPECT_EQ(with_lifecycle_rule(*once, "luot/"), once);
  EXPECT_EQ(read_lifecycle(*with_lifecycle_rule("", ""))->size(), 1U);
}

TEST(S3Rules, PutOursBeforeOtherCorsRules) {
  const auto rules = with_cors_rule("<CORSConfiguration><CORSRule><ID>other</ID></CORSRule></CORSConfiguration>",
                                    {"https://a", "https://b&c"});
  ASSERT_TRUE(rules);
  EXPECT_THAT(*rules, HasSubstr("<CORSRule><ID>luot-web-page</ID><AllowedOrigin>https://a</AllowedOrigin>"
                                "<AllowedOrigin>https://b&amp;c</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"));
  EXPECT_LT(rules->find("luot-web-page"), rules->find("other"));
  EXPECT_EQ(with_cors_rule(*rules, {"https://a", "https://b&c"}), rules);
}

TEST(S3Rules, LeaveAloneWhatTheyCannotRead) {
  for (const auto* xml : {"<html>", "<html/>", "x"}) {
    EXPECT_FALSE(read_lifecycle(xml));
    EXPECT_FALSE(with_lifecycle_rule(xml, ""));
    EXPECT_FALSE(with_cors_rule(xml, {}));
  }
}

}  // namespace
}  // namespace luot::s3
