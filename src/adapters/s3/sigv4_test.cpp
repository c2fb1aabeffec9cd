#include "adapters/s3/sigv4.hpp"

#include <gmock/gmock.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace luot::s3 {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

base::Time at(std::int64_t unix_seconds) {
  return base::Time(std::chrono::seconds(unix_seconds));
}

// Amazon's test suite of Signature Version 4: its service is called "service".
const Credentials kSuite{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}};
const Scope kSuiteScope{at(1'440'938'160), "us-east-1", "service"};  // 20150830T123600Z

Signable suite_request(const std::string& method, Pairs query) {
  return {method,
          "/",
          std::move(query),
          {{"x-amz-date", "20150830T123600Z"}, {"host", "example.amazonaws.com"}},
          base::hex_encode(base::sha256(""))};
}

TEST(SigV4, SignsAsAmazonsTestSuite) {
  EXPECT_EQ(authorization(suite_request("GET", {}), kSuite, kSuiteScope),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");  // get-vanilla
  EXPECT_THAT(authorization(suite_request("POST", {}), kSuite, kSuiteScope),
              EndsWith("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));  // post-vanilla
  EXPECT_THAT(
      authorization(suite_request("GET", {{"Param2", "value2"}, {"Param1", "value1"}}), kSuite, kSuiteScope),
      EndsWith("b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));  // ...-query-order-key-case
}

// The examples of S3's own documentation.
const Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}};
const Scope kExampleScope{at(1'369'353'600), "us-east-1"};  // 20130524T000000Z
constexpr const char* kExampleHost = "examplebucket.s3.amazonaws.com";

Signable example(const std::string& method, const std::string& path, Pairs query, Pairs headers,
                 const std::string& body = "") {
  Signable request{method, path, std::move(query), std::move(headers), base::hex_encode(base::sha256(body))};
  request.headers.emplace_back("host", kExampleHost);
  request.headers.emplace_back("x-amz-content-sha256", request.payload);
  request.headers.emplace_back("x-amz-date", "20130524T000000Z");
  return request;
}

TEST(SigV4, SignsAsTheExamplesOfS3) {
  EXPECT_THAT(authorization(example("GET", "/test.txt", {}, {{"range", "bytes=0-9"}}), kExample, kExampleScope),
              EndsWith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
  EXPECT_THAT(
      authorization(example("PUT", "/test%24file.text", {},
                            {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                            "Welcome to Amazon S3."),
                    kExample, kExampleScope),
      EndsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
  EXPECT_THAT(authorization(example("GET", "/", {{"lifecycle", ""}}, {}), kExample, kExampleScope),
              EndsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_THAT(authorization(example("GET", "/", {{"max-keys", "2"}, {"prefix", "J"}}, {}), kExample, kExampleScope),
              EndsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4, PresignsAsTheExampleOfS3) {
  const Signable get{"GET", "/test.txt", {}, {{"host", kExampleHost}}, kUnsignedPayload};
  EXPECT_EQ(presigned_query(get, kExample, kExampleScope, std::chrono::seconds(86'400)),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

// Made by botocore 1.29.
TEST(SigV4, PresignsAPartWithItsHeadersAndASessionToken) {
  auto credentials = kExample;
  credentials.session_token = "token/+=";
  const Signable put{"PUT",
                     "/a/b.mp4",
                     {{"partNumber", "3"}, {"uploadId", "2~x.y"}},
                     {{"host", kExampleHost}, {"content-type", "video/mp4"}, {"content-length", "8388608"}},
                     kUnsignedPayload};
  EXPECT_THAT(presigned_query(put, credentials, kExampleScope, std::chrono::seconds(3600)),
              ::testing::AllOf(HasSubstr("partNumber=3&uploadId=2~x.y&X-Amz-Algorithm="),
                               HasSubstr("&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"
                                         "&X-Amz-Security-Token=token%2F%2B%3D&X-Amz-Signature="),
                               EndsWith("e995eebfc632d86535c8991f44abf826589b5db58c8de8a50d41c7f8f8f2ea19")));
}

TEST(SigV4, AsksForNoLifeThatS3Refuses) {
  const Signable get{"GET", "/x", {}, {{"host", kExampleHost}}, kUnsignedPayload};
  EXPECT_THAT(presigned_query(get, kExample, kExampleScope, std::chrono::hours(10'000)),
              HasSubstr("X-Amz-Expires=604800&"));
  EXPECT_THAT(presigned_query(get, kExample, kExampleScope, std::chrono::seconds(-5)), HasSubstr("X-Amz-Expires=1&"));
}

}  // namespace
}  // namespace luot::s3
