#include "adapters/s3/s3_xml.hpp"

#include <gmock/gmock.h>

namespace luot::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::IsEmpty;

TEST(S3Xml, ReadsPagesOfObjects) {
  const auto page = read_objects(R"(<?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>
    <Contents><Key>a/b</Key><Size>1</Size></Contents><Contents><Key>a/&amp;c</Key></Contents>
    <NextContinuationToken>t/+=</NextContinuationToken></ListBucketResult>)");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->keys, ElementsAre("a/b", "a/&c"));
  EXPECT_EQ(page->next, "t/+=");
  EXPECT_THAT(read_objects("<ListBucketResult/>")->keys, IsEmpty());
}

TEST(S3Xml, ReadsPartsWithQuotedEtags) {
  const auto page = read_parts(R"(<ListPartsResult>
    <Part><PartNumber>1</PartNumber><ETag>&quot;ab&quot;</ETag><Size>5242880</Size></Part>
    <Part><PartNumber>2</PartNumber><ETag>cd</ETag><Size>7</Size></Part>
    <IsTruncated>false</IsTruncated></ListPartsResult>)");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->parts, ElementsAre(FieldsAre(1, 5'242'880U, "\"ab\""), FieldsAre(2, 7U, "\"cd\"")));
  EXPECT_EQ(page->next, std::nullopt);
}

TEST(S3Xml, ReadsUploadsAndFailures) {
  const auto page = read_uploads(R"(<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>
    <NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>
    <Upload><Key>a</Key><UploadId>1</UploadId></Upload></ListMultipartUploadsResult>)");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->uploads, ElementsAre(FieldsAre("a", "1")));
  EXPECT_EQ(page->next, std::pair(std::string("k"), std::string("u")));
  EXPECT_EQ(read_failure("<Error><Code>NoSuchKey</Code><Message>m</Message></Error>")->code, "NoSuchKey");
  const auto failed =
      read_not_removed("<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>");
  EXPECT_THAT(*failed, ElementsAre(std::pair(std::string("k"), std::string("AccessDenied"))));
}

TEST(S3Xml, MakesNothingOfWhatItDoesNotExpect) {
  const std::string deep = "<ListBucketResult>" + std::string(200'000, 'x').replace(0, 0, "<a>");
  std::string nested;
  for (int i = 0; i < 100'000; ++i)
    nested += "<ListBucketResult>";
  for (const auto& text :
       {std::string(), std::string("\0\xff<", 3), std::string("<html><body>Bad gateway</body></html>"),
        std::string("<ListBucketResult><Contents>"), std::string("<Other/>"), deep, nested,
        std::string("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><ListPartsResult>&b;")}) {
    EXPECT_FALSE(read_objects(text));
    EXPECT_FALSE(read_parts(text));
    EXPECT_FALSE(read_uploads(text));
    EXPECT_FALSE(read_failure(text));
    EXPECT_FALSE(read_upload_id(text));
    EXPECT_FALSE(read_copied_etag(text));
    EXPECT_FALSE(read_not_removed(text));
  }
}

// Each would be asked for again and again.
TEST(S3Xml, DoesNotBelieveInPagesThatCannotBeAskedFor) {
  EXPECT_FALSE(read_objects("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));
  EXPECT_FALSE(read_parts("<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>"));
  EXPECT_FALSE(
      read_uploads("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>"));
}

TEST(S3Xml, DoesNotBelieveNumbersThatAreNone) {
  for (const auto* size : {"", "-1", "1.5", "99999999999999999999", "12 "}) {
    EXPECT_FALSE(read_parts("<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>a</ETag><Size>" +
                            std::string(size) + "</Size></Part></ListPartsResult>"))
        << size;
  }
}

TEST(S3Xml, WritesWhatIsToBePutTogetherAndRemoved) {
  EXPECT_EQ(write_parts({{1, 5, "\"ab\""}, {10, 5, "\"cd\""}}),
            "<?xml version=\"1.0\"?><CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"ab\"</ETag></Part>"
            "<Part><PartNumber>10</PartNumber><ETag>\"cd\"</ETag></Part></CompleteMultipartUpload>");
  EXPECT_EQ(write_removal({"a&b", "c"}),
            "<?xml version=\"1.0\"?><Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c</Key></Object>"
            "<Quiet>true</Quiet></Delete>");
}

}  // namespace
}  // namespace luot::s3
