// What the store does with answers that no healthy S3 gives.
#include <gmock/gmock.h>

#include <filesystem>

#include "adapters/s3/s3_object_store.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "fake_s3.hpp"
#include "test_loop.hpp"

namespace luot::s3 {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kEmptyList = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
constexpr const char* kSlowDown = "<Error><Code>SlowDown</Code><Message>easy</Message></Error>";

S3Tuning hasty() {
  S3Tuning tuning;
  tuning.first_pause = std::chrono::milliseconds(1);
  return tuning;
}

class Store {
 public:
  explicit Store(const FakeS3& server)
      : store(parse_location("//b?endpoint=" + server.endpoint()), keys(), clock, hasty()) {}
  static Credentials keys() { return {"key", "secret", {}}; }

  TestLoop loop;  // first: it goes last
  ports::SystemClock clock;
  S3ObjectStore store;
};

class Scratch {
 public:
  Scratch() { fs::create_directory(path); }
  ~Scratch() { fs::remove_all(path); }
  const fs::path path = fs::temp_directory_path() / ("luot-test-" + base::random_name());
};

TEST(S3Requests, NameTheBucketInTheHostAndCarryTheSessionToken) {
  FakeS3 server([](const SeenRequest&, int) { return fake_answer(404, ""); });
  const auto port = server.endpoint().substr(server.endpoint().rfind(':'));
  TestLoop loop;
  const ports::SystemClock clock;
  S3ObjectStore store(parse_location("//b?style=virtual&prefix=p&endpoint=http://localhost" + port),
                      {"key", "secret", "token"}, clock, hasty());
  EXPECT_EQ(loop.run(store.read("a")), std::nullopt);
  const auto seen = server.seen().at(0);
  EXPECT_EQ(seen.target, "/p/a");
  EXPECT_EQ(seen.headers.at("host"), "b.localhost" + port);
  EXPECT_EQ(seen.headers.at("x-amz-security-token"), "token");
  EXPECT_THAT(seen.headers.at("authorization"),
              HasSubstr("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
}

TEST(S3Faults, PassingTroubleIsTriedAgainOnOneConnection) {
  FakeS3 server([](const SeenRequest&, int number) {
    return number == 1   ? fake_answer(500, "")
           : number == 2 ? fake_answer(503, kSlowDown)
                         : fake_answer(200, kEmptyList);
  });
  Store s3(server);
  EXPECT_THAT(s3.loop.run(s3.store.list("a")), ::testing::IsEmpty());
  EXPECT_EQ(server.seen().size(), 3U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(S3Faults, TroubleThatStaysIsUnavailable) {
  FakeS3 server([](const SeenRequest&, int) { return fake_answer(500, "<Error><Code>InternalError</Code></Error>"); });
  Store s3(server);
  EXPECT_THROW(s3.loop.run(s3.store.head("a")), base::Unavailable);
  EXPECT_EQ(server.seen().size(), 5U);
}

TEST(S3Faults, NobodyThereIsUnavailable) {
  std::string endpoint;
  {
    const FakeS3 gone([](const SeenRequest&, int) { return FakeAnswer{}; });
    endpoint = gone.endpoint();
  }
  TestLoop loop;
  const ports::SystemClock clock;
  S3ObjectStore store(parse_location("//b?endpoint=" + endpoint), Store::keys(), clock, hasty());
  EXPECT_THROW(loop.run(store.head("a")), base::Unavailable);
}

TEST(S3Faults, AnswersThatBreakOffAreAskedForAgain) {
  FakeS3 server([](const SeenRequest&, int number) {
    if (number == 1) return FakeAnswer{};
    if (number == 2) return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<ListBucketResult>", true};
    if (number == 3) return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Le", true};
    if (number == 4) return fake_answer(200, "<html>a proxy's page</html>");
    return fake_answer(200, kEmptyList);
  });
  Store s3(server);
  EXPECT_THAT(s3.loop.run(s3.store.list("a")), ::testing::IsEmpty());
  EXPECT_EQ(server.seen().size(), 5U);
}

TEST(S3Faults, GarbageIsUnavailable) {
  for (const auto& garbage :
       {fake_answer(200, "<html>Hello</html>"), fake_answer(200, ""), fake_answer(204, ""),
        fake_answer(200, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
        FakeAnswer{"SSH-2.0-OpenSSH_9.2\r\n\r\n", true}, fake_answer(200, std::string(20UL << 20, 'x')),
        FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", true}}) {
    FakeS3 server([&garbage](const SeenRequest&, int) { return garbage; });
    Store s3(server);
    EXPECT_THROW(s3.loop.run(s3.store.list("a")), base::Unavailable) << garbage.bytes.substr(0, 100);
    const ports::Multipart upload{"a", "id"};
    EXPECT_THROW(s3.loop.run(s3.store.list_parts(upload)), base::Unavailable) << garbage.bytes.substr(0, 100);
    EXPECT_THROW(s3.loop.run(s3.store.remove_prefix("a")), base::Unavailable) << garbage.bytes.substr(0, 100);
  }
}

TEST(S3Faults, APageThatComesAgainAndAgainIsNotFollowedForEver) {
  FakeS3 server([](const SeenRequest&, int) {
    return fake_answer(200,
                       "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t"
                       "</NextContinuationToken></ListBucketResult>");
  });
  Store s3(server);
  EXPECT_THROW(s3.loop.run(s3.store.list("a")), base::Unavailable);
  EXPECT_EQ(server.seen().size(), 2U);
}

TEST(S3Faults, KeysOfAnotherPrefixAreNotBelieved) {
  FakeS3 server([](const SeenRequest&, int) {
    return fake_answer(200,
                       "<ListBucketResult><Contents><Key>a/1</Key></Contents><Contents><Key>b/2</Key></Contents>"
                       "</ListBucketResult>");
  });
  Store s3(server);
  EXPECT_THAT(s3.loop.run(s3.store.list("a")), ::testing::ElementsAre("a/1"));
}

// The store had made the object when the connection broke.
TEST(S3Faults, ACompleteWhoseAnswerWasLostIsFoundDone) {
  FakeS3 server([](const SeenRequest& request, int) {
    if (request.method == "POST") return FakeAnswer{};
    if (request.method == "HEAD") return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"};
    if (request.target.find("uploads=") != std::string::npos) return fake_answer(200, "<ListMultipartUploadsResult/>");
    return fake_answer(404, "<Error><Code>NoSuchUpload</Code></Error>");
  });
  Store s3(server);
  const ports::Multipart upload{"a", "id"};
  const std::vector<ports::Part> parts{{1, 4, "\"e\""}};
  EXPECT_TRUE(s3.loop.run(s3.store.complete_multipart(upload, parts)));
}

TEST(S3Faults, AFailureInsideOf200IsAFailure) {
  FakeS3 server([](const SeenRequest& request, int number) {
    if (request.method == "HEAD") return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"};
    return fake_answer(200, number < 4 ? "<Error><Code>InternalError</Code></Error>" : "<CopyObjectResult/>");
  });
  Store s3(server);
  EXPECT_TRUE(s3.loop.run(s3.store.copy("a", "b")));
  EXPECT_EQ(server.seen().size(), 4U);
}

std::string range_of(const SeenRequest& request) {
  const auto found = request.headers.find("range");
  return found == request.headers.end() ? "" : found->second;
}

TEST(S3Faults, ADownloadGoesOnWhereItBroke) {
  const std::string whole = "0123456789";
  FakeS3 server([&whole](const SeenRequest& request, int) {
    if (request.method == "HEAD") return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\n"};
    const auto range = range_of(request);
    const auto first = range.empty() ? 0 : std::stoul(range.substr(6));
    const auto rest = whole.substr(first);
    // Four bytes of what is promised, then silence.
    return FakeAnswer{"HTTP/1.1 " + std::string(range.empty() ? "200" : "206") +
                          " X\r\nContent-Length: " + std::to_string(rest.size()) + "\r\n\r\n" + rest.substr(0, 4),
                      true};
  });
  Store s3(server);
  const Scratch scratch;
  s3.loop.run(s3.store.download("a", scratch.path / "file"));
  EXPECT_EQ(base::read_file(scratch.path / "file"), whole);
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(range_of(seen[3]), "bytes=8-");
  EXPECT_EQ(seen[3].headers.at("if-match"), "\"e\"") << "another object under the key must not be mixed in";
}

TEST(S3Faults, ADownloadBeginsAnewWhereRangesAreUnknown) {
  const std::string whole = "0123456789";
  FakeS3 server([&whole](const SeenRequest& request, int number) {
    if (request.method == "HEAD") return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"};
    return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + whole.substr(0, number == 2 ? 4 : 10), true};
  });
  Store s3(server);
  const Scratch scratch;
  s3.loop.run(s3.store.download("a", scratch.path / "file"));
  EXPECT_EQ(base::read_file(scratch.path / "file"), whole);
}

TEST(S3Faults, MoreBytesThanTheObjectHasAreNotTaken) {
  FakeS3 server([](const SeenRequest& request, int) {
    if (request.method == "HEAD") return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"};
    return fake_answer(200, "0123456789");
  });
  Store s3(server);
  const Scratch scratch;
  EXPECT_THROW(s3.loop.run(s3.store.download("a", scratch.path / "file")), base::Unavailable);
  EXPECT_LE(fs::file_size(scratch.path / "file"), 3U);
}

TEST(S3Faults, AnUploadIsSentAgainFromItsBeginning) {
  FakeS3 server([](const SeenRequest&, int number) { return number == 1 ? FakeAnswer{} : fake_answer(200, ""); });
  Store s3(server);
  const Scratch scratch;
  base::replace_file_durably(scratch.path / "file", "text");
  s3.loop.run(s3.store.upload(scratch.path / "file", "a", "text/plain"));
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].body, "text");
  EXPECT_EQ(seen[1].headers.at("cache-control"), "public, max-age=31536000, immutable");
}

TEST(S3Faults, PartsOfAnUploadThatFailsAreForgotten) {
  FakeS3 server([](const SeenRequest& request, int) {
    if (request.method == "POST") {
      return fake_answer(200, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
    }
    return request.method == "PUT" ? fake_answer(403, "<Error><Code>AccessDenied</Code></Error>")
                                   : fake_answer(204, "");
  });
  TestLoop loop;
  const ports::SystemClock clock;
  auto tuning = hasty();
  tuning.parts_above = 3;
  S3ObjectStore store(parse_location("//b?endpoint=" + server.endpoint()), Store::keys(), clock, tuning);
  const Scratch scratch;
  base::replace_file_durably(scratch.path / "file", "text");
  EXPECT_THROW(loop.run(store.upload(scratch.path / "file", "a", "text/plain")), base::Unavailable);
  EXPECT_EQ(server.seen().back().method, "DELETE");
  EXPECT_THAT(server.seen().back().target, HasSubstr("uploadId=u"));
}

std::string logged(const std::function<void()>& work) {
  ::testing::internal::CaptureStdout();
  work();
  return ::testing::internal::GetCapturedStdout();
}

TEST(S3Faults, ARefusalNamesThePermission) {
  FakeS3 server([](const SeenRequest&, int) { return fake_answer(403, "<Error><Code>AccessDenied</Code></Error>"); });
  Store s3(server);
  const auto words = logged([&] { EXPECT_THROW(s3.loop.run(s3.store.list("a")), base::Unavailable); });
  EXPECT_THAT(words, AllOf(HasSubstr("AccessDenied"), HasSubstr("grant s3:ListBucket")));
  EXPECT_EQ(server.seen().size(), 1U) << "asking again does not help";
}

TEST(S3Faults, AClockThatIsWrongIsNamed) {
  FakeS3 server([](const SeenRequest&, int) {
    return FakeAnswer{"HTTP/1.1 403 Forbidden\r\nDate: Thu, 01 Jan 2015 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n"};
  });
  Store s3(server);
  const auto words = logged([&] { EXPECT_THROW(s3.loop.run(s3.store.head("a")), base::Unavailable); });
  EXPECT_THAT(words, AllOf(HasSubstr("RequestTimeTooSkewed"), HasSubstr("NTP")));
}

TEST(S3Faults, ASilentStoreIsGivenUp) {
  FakeS3 server([](const SeenRequest&, int) {
    return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, std::chrono::seconds(4)};
  });
  const ports::SystemClock clock;
  S3Client client(parse_location("//b?endpoint=" + server.endpoint()), Store::keys(), clock, hasty().first_pause);
  Call call;
  call.method = "GET";
  call.patience = {std::chrono::seconds(1), std::chrono::seconds(0), std::chrono::seconds(1), 5};
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(client.send(call), base::Unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4));
}

TEST(S3Faults, StoppingEndsWhatIsUnderWay) {
  FakeS3 server([](const SeenRequest&, int) { return FakeAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}; });
  Store s3(server);
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    s3.store.stop();
  });
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(s3.loop.run(s3.store.list("a")), base::Unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4));
  stopper.join();
}

}  // namespace
}  // namespace luot::s3
