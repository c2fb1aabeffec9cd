#include "features/uploads/uploads_notifications.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/file.hpp"

namespace luot::uploads {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kKey = "uploads/0abcDEF1234/Zz9";

std::vector<std::string> created(std::string_view body) {
  const auto notification = read_notification(body);
  return notification ? notification->created : std::vector<std::string>{"refused: " + notification.error().detail};
}

std::string record(std::string_view event, std::string_view key) {
  return R"({"eventName":")" + std::string(event) + R"(","s3":{"bucket":{"name":"b"},"object":{"key":")" +
         std::string(key) + R"(","size":1}}})";
}

std::string records(const std::string& list) {
  return R"({"Records":[)" + list + "]}";
}

// tests/data/notifications: ceph_*.json came from a radosgw 16.2; the others are as their makers document them.
TEST(Notifications, AreReadAsTheStoresSendThem) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../../tests/data/notifications";
  const auto of = [&folder](const char* name) { return created(base::read_file(folder / name)); };
  EXPECT_THAT(of("ceph_put.json"), ElementsAre(kKey));
  EXPECT_THAT(of("ceph_multipart.json"), ElementsAre("originals/0abcDEF1234/Zz9/source"));
  EXPECT_THAT(of("aws_put.json"), ElementsAre(kKey));
  EXPECT_THAT(of("aws_sns.json"), ElementsAre(kKey));
  EXPECT_THAT(of("aws_test.json"), IsEmpty());
  EXPECT_THAT(of("eventbridge.json"), ElementsAre(kKey));
  EXPECT_THAT(of("minio_put.json"), ElementsAre(kKey));
}

TEST(Notifications, NameEachCreatedObjectOnce) {
  const auto removed = record("ObjectRemoved:Delete", "uploads/b/b");
  const auto put = record("s3:ObjectCreated:Put", "uploads%2Fa%2Fa");
  EXPECT_THAT(created(records(put + "," + removed + "," + put + "," + record("ObjectCreated:Copy", "c"))),
              ElementsAre("uploads/a/a", "c"));
  EXPECT_THAT(created(records("")), IsEmpty());
  EXPECT_THAT(created(records("{}")), IsEmpty());
  EXPECT_THAT(
      created(records(R"({"eventName":7,"s3":[]},{"eventName":"ObjectCreated:Put","s3":{"object":{"key":[]}}})")),
      IsEmpty());
  EXPECT_THAT(created(records(record("ObjectCreated:Put", "%zz") + "," + record("ObjectCreated:Put", "%ff"))),
              IsEmpty());
  EXPECT_THAT(created(R"({"detail-type":"Object Deleted","detail":{"object":{"key":"x"}}})"), IsEmpty());
}

TEST(Notifications, OfSubscriptionsAreForTheOperator) {
  const auto notification = read_notification(
      R"({"Type":"SubscriptionConfirmation","SubscribeURL":"https://sns.example/?Token=1","Message":"You chose"})");
  ASSERT_TRUE(notification);
  EXPECT_THAT(notification->created, IsEmpty());
  EXPECT_EQ(notification->confirm_url, "https://sns.example/?Token=1");
}

TEST(Notifications, ThatAreNoneAreMalformed) {
  std::string many = record("ObjectCreated:Put", "a");
  for (std::size_t i = 0; i < kMostRecords; ++i)
    many += "," + record("ObjectCreated:Put", "a");
  const std::string nested = R"({"Type":"Notification","Message":"{\"Type\":\"Notification\",\"Message\":\"{}\"}"})";
  for (const auto& body : {std::string(), std::string("{"), std::string("[]"), std::string("{}"), std::string("\xff"),
                           std::string(R"({"Records":{}})"), records("1"), records(many), nested,
                           std::string(R"({"Type":"Notification","Message":7})"), std::string(1000, '[')}) {
    const auto notification = read_notification(body);
    ASSERT_FALSE(notification) << body;
    EXPECT_EQ(notification.error().code, "malformed_notification") << body;
  }
}

}  // namespace
}  // namespace luot::uploads
