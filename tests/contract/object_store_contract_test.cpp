// What every ObjectStore adapter promises. A new adapter joins by adding its factory at the end.
#include <gmock/gmock.h>

#include <filesystem>

#include "adapters/localdir/localdir_object_store.hpp"
#include "adapters/s3/s3_object_store.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "http/target.hpp"
#include "s3_server.hpp"
#include "test_loop.hpp"

namespace luot::contract {
namespace {

namespace fs = std::filesystem;

// A store with its folder and threads.
class LocalDirFixture {
 public:
  static constexpr std::size_t kSmallestPart = 1;
  ports::ObjectStore& store() { return store_; }

  // What the PUT route does; false where it refuses.
  bool put_part(const ports::SignedRequest& request, const std::string& text) {
    const auto incoming = begin(request);
    if (!incoming) return false;
    incoming->write(text);
    return incoming->commit();
  }

 protected:
  std::unique_ptr<localdir::IncomingObject> begin(const ports::SignedRequest& request) {
    const auto mark = request.url.find('?');
    const auto pairs = http::parse_query(std::string_view(request.url).substr(mark + 1));
    std::map<std::string, std::string> query(pairs->begin(), pairs->end());
    const std::string storage = "http://localhost/storage/";
    localdir::UploadGrant grant{request.url.substr(storage.size(), mark - storage.size()), query["type"], 0, {}, {}};
    grant.size = std::stoull(query["size"]);
    grant.expires_at = base::Time(std::chrono::seconds(std::stoll(query["expires"])));
    grant.part = localdir::PartGrant{query["upload"], std::stoll(query["part"])};
    EXPECT_TRUE(store_.verify(grant, query["signature"]));
    return store_.begin(grant);
  }

  struct Folder {
    fs::path path = fs::temp_directory_path() / ("luot-test-" + base::random_name());
    Folder() { fs::create_directory(path); }
    ~Folder() { fs::remove_all(path); }
  } folder_;
  base::BlockingPool files_{"files", 2, 100};
  localdir::LocalDirObjectStore store_{folder_.path / "media", "http://localhost", base::SigningKeys("key"), files_};
};

// A real S3 server, with all keys below a prefix of this test's own.
class S3Fixture {
 public:
  static constexpr std::size_t kSmallestPart = 5U << 20;  // but for the last
  ~S3Fixture() {
    s3::S3ObjectStore whole(server_.location(""), S3Server::credentials(), clock_);
    loop_.run(whole.remove_prefix(prefix_));
  }
  ports::ObjectStore& store() { return store_; }

  // What a client does; false where the server refuses.
  bool put_part(const ports::SignedRequest& request, const std::string& text) {
    return S3Server::put(request, text).is_good();
  }

 private:
  TestLoop loop_;  // first: it goes last
  S3Server server_;
  ports::SystemClock clock_;
  const std::string prefix_ = "test-" + base::random_name();
  s3::S3ObjectStore store_{server_.location(prefix_), S3Server::credentials(), clock_};
};

template <typename Fixture>
class ObjectStoreContract : public ::testing::Test {
 protected:
  ObjectStoreContract() { fs::create_directory(scratch_); }
  ~ObjectStoreContract() override { fs::remove_all(scratch_); }

  void put(const std::string& key, const std::string& text) {
    const auto file = scratch_ / base::random_name();
    base::replace_file_durably(file, text);
    loop_.run(store_.upload(file, key, "text/plain"));
    fs::remove(file);
  }
  std::optional<std::string> get(const std::string& key) {
    if (!loop_.run(store_.head(key))) return std::nullopt;
    const auto file = scratch_ / base::random_name();
    loop_.run(store_.download(key, file));
    return base::read_file(file);
  }

  // As a client would by its signed URL.
  void put_part(const ports::Multipart& upload, std::int64_t number, const std::string& text) {
    ASSERT_TRUE(fixture_.put_part(store_.sign_part(upload, number, "text/plain", text.size(), kLater), text));
  }
  bool complete(const ports::Multipart& upload) {
    return loop_.run(store_.complete_multipart(upload, loop_.run(store_.list_parts(upload))));
  }
  std::vector<std::pair<std::int64_t, std::uint64_t>> listed(const ports::Multipart& upload) {
    std::vector<std::pair<std::int64_t, std::uint64_t>> found;
    for (const auto& part : loop_.run(store_.list_parts(upload)))
      found.emplace_back(part.number, part.size);
    return found;
  }

  // As long as any part but the last has to be.
  static std::string filled(std::string text) {
    text.resize(std::max(text.size(), Fixture::kSmallestPart), '.');
    return text;
  }

  static constexpr base::Time kLater{std::chrono::hours(1'000'000)};
  TestLoop loop_;  // first, as the next: they go last
  std::array<TestLoop, 4> more_loops_;
  Fixture fixture_;
  ports::ObjectStore& store_ = fixture_.store();
  fs::path scratch_ = fs::temp_directory_path() / ("luot-test-" + base::random_name());
};

using Adapters = ::testing::Types<LocalDirFixture, S3Fixture>;
TYPED_TEST_SUITE(ObjectStoreContract, Adapters);

TYPED_TEST(ObjectStoreContract, KeepsWhatIsUploadedAndReplacesIt) {
  EXPECT_EQ(this->get("a/b/c.txt"), std::nullopt);
  this->put("a/b/c.txt", "first");
  EXPECT_EQ(this->get("a/b/c.txt"), "first");
  this->put("a/b/c.txt", "second!");
  EXPECT_EQ(this->get("a/b/c.txt"), "second!");
  EXPECT_EQ(this->loop_.run(this->store_.head("a/b/c.txt"))->size, 7U);
}

TYPED_TEST(ObjectStoreContract, ReadsSmallObjects) {
  EXPECT_EQ(this->loop_.run(this->store_.read("videos/1/r/none.m3u8")), std::nullopt);
  for (const auto& text : {std::string("#EXTM3U\n"), std::string(), std::string("\0\xff<", 3)}) {
    this->put("videos/1/r/master.m3u8", text);
    EXPECT_EQ(this->loop_.run(this->store_.read("videos/1/r/master.m3u8")), text);
  }
}

TYPED_TEST(ObjectStoreContract, KeepsFilesOfAnySize) {
  std::string text(3'000'001, 'x');
  for (std::size_t i = 0; i < text.size(); i += 997)
    text[i] = static_cast<char>(i);
  for (const auto size : {std::size_t{0}, std::size_t{1}, text.size()}) {
    this->put("a/file", text.substr(0, size));
    EXPECT_TRUE(this->get("a/file") == text.substr(0, size)) << size;
  }
}

TYPED_TEST(ObjectStoreContract, FetchingWhatIsNotThereThrows) {
  EXPECT_THROW(this->loop_.run(this->store_.download("a/none", this->scratch_ / "x")), std::runtime_error);
}

TYPED_TEST(ObjectStoreContract, ACopyDoesNotFollowItsOriginal) {
  this->put("uploads/x", "as it was");
  EXPECT_TRUE(this->loop_.run(this->store_.copy("uploads/x", "originals/x")));
  this->put("uploads/x", "changed later");
  EXPECT_EQ(this->get("originals/x"), "as it was");
  EXPECT_TRUE(this->loop_.run(this->store_.copy("uploads/x", "originals/x")));
  EXPECT_EQ(this->get("originals/x"), "changed later");
}

TYPED_TEST(ObjectStoreContract, CopyingTheSameTwiceIsHarmless) {
  this->put("uploads/x", "text");
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(this->loop_.run(this->store_.copy("uploads/x", "originals/x")));
  EXPECT_EQ(this->get("uploads/x"), "text");
  EXPECT_EQ(this->get("originals/x"), "text");
}

TYPED_TEST(ObjectStoreContract, CopyTellsWhenThereIsNothing) {
  EXPECT_FALSE(this->loop_.run(this->store_.copy("uploads/none", "originals/none")));
  EXPECT_EQ(this->get("originals/none"), std::nullopt);
}

TYPED_TEST(ObjectStoreContract, RemovesOneOrAllBelowAPrefix) {
  for (const auto* key : {"v/1/r1/a", "v/1/r1/b", "v/1/r10/a", "v/2/r1/a"})
    this->put(key, "x");
  this->loop_.run(this->store_.remove("v/2/r1/a"));
  this->loop_.run(this->store_.remove("v/2/r1/a"));  // gone already: no error
  this->loop_.run(this->store_.remove_prefix("v/1/r1/"));
  this->loop_.run(this->store_.remove_prefix("v/9/"));
  EXPECT_EQ(this->get("v/2/r1/a"), std::nullopt);
  EXPECT_EQ(this->get("v/1/r1/a"), std::nullopt);
  EXPECT_EQ(this->get("v/1/r10/a"), "x") << "a prefix ends at its slash";
}

TYPED_TEST(ObjectStoreContract, ListsWhatIsBelowAPrefix) {
  for (const auto* key : {"v/1/r1/b", "v/1/r1/a", "v/1/r10/a", "v/1/r1/c/d"})
    this->put(key, "x");
  EXPECT_THAT(this->loop_.run(this->store_.list("v/1/r1/")),
              ::testing::ElementsAre("v/1/r1/a", "v/1/r1/b", "v/1/r1/c/d"));
  EXPECT_THAT(this->loop_.run(this->store_.list("v/7/")), ::testing::IsEmpty());
}

constexpr const char* kWhole = "originals/1/a/source";

TYPED_TEST(ObjectStoreContract, PutsPartsTogetherInTheOrderOfTheirNumbers) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  EXPECT_THAT(this->listed(upload), ::testing::IsEmpty());
  const auto one = this->filled("one, ");
  const auto two = this->filled("two, ");
  for (const auto& [number, text] : {std::pair(10, std::string("ten")), std::pair(2, two), std::pair(1, one)})
    this->put_part(upload, number, text);
  EXPECT_THAT(this->listed(upload),
              ::testing::ElementsAre(std::pair(1, one.size()), std::pair(2, two.size()), std::pair(10, 3U)));
  EXPECT_EQ(this->get(kWhole), std::nullopt) << "nothing is seen before it is complete";
  EXPECT_TRUE(this->complete(upload));
  EXPECT_TRUE(this->get(kWhole) == one + two + "ten");
}

TYPED_TEST(ObjectStoreContract, TheLastPutOfAPartCounts) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  this->put_part(upload, 1, "first");
  this->put_part(upload, 1, "second");
  EXPECT_THAT(this->listed(upload), ::testing::ElementsAre(std::pair(1, 6U)));
  EXPECT_TRUE(this->complete(upload));
  EXPECT_EQ(this->get(kWhole), "second");
}

TYPED_TEST(ObjectStoreContract, APartAfterCompleteChangesNothing) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  const auto late = this->store_.sign_part(upload, 1, "text/plain", 5, this->kLater);
  this->put_part(upload, 1, "in it");
  EXPECT_TRUE(this->complete(upload));
  EXPECT_FALSE(this->fixture_.put_part(late, "later"));
  EXPECT_EQ(this->get(kWhole), "in it");
  EXPECT_THAT(this->listed(upload), ::testing::IsEmpty());
}

TYPED_TEST(ObjectStoreContract, CompletingTwiceIsHarmless) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  this->put_part(upload, 1, "text");
  const auto parts = this->loop_.run(this->store_.list_parts(upload));
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(this->loop_.run(this->store_.complete_multipart(upload, parts)));
  EXPECT_EQ(this->get(kWhole), "text");
}

TYPED_TEST(ObjectStoreContract, CompletesNothingWithoutAllParts) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  const auto text = this->filled("text");
  this->put_part(upload, 1, text);
  auto more = this->loop_.run(this->store_.list_parts(upload));
  more.push_back({2, 4, more.front().etag});
  EXPECT_FALSE(this->loop_.run(this->store_.complete_multipart(upload, more)));
  EXPECT_EQ(this->get(kWhole), std::nullopt);
  this->put_part(upload, 2, "goes");
  EXPECT_TRUE(this->complete(upload)) << "the upload goes on";
  const ports::Multipart unknown{"originals/9/a/source", "nothing"};
  EXPECT_FALSE(this->loop_.run(this->store_.complete_multipart(unknown, more)));
}

TYPED_TEST(ObjectStoreContract, WhatIsThereCanBeCompletedByPartsThatNobodyListed) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  this->put_part(upload, 1, "text");
  const std::vector<ports::Part> named_by_size{{1, 4, ""}};
  EXPECT_TRUE(this->complete(upload));
  EXPECT_TRUE(this->loop_.run(this->store_.complete_multipart(upload, named_by_size)));
  EXPECT_EQ(this->get(kWhole), "text");
}

TYPED_TEST(ObjectStoreContract, AnAbortedUploadIsNoMore) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  const auto other = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  const auto late = this->store_.sign_part(upload, 1, "text/plain", 5, this->kLater);
  this->put_part(upload, 1, "text");
  this->put_part(other, 1, "text");
  for (int i = 0; i < 2; ++i)
    this->loop_.run(this->store_.abort_multipart(upload));
  EXPECT_THAT(this->listed(upload), ::testing::IsEmpty());
  EXPECT_FALSE(this->fixture_.put_part(late, "later"));
  EXPECT_THAT(this->listed(other), ::testing::SizeIs(1));
}

TYPED_TEST(ObjectStoreContract, CompletingForgetsWhatElseWasBegunForTheKey) {
  const auto forgotten = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  for (const auto& each : {forgotten, upload})
    this->put_part(each, 1, "text");
  EXPECT_TRUE(this->complete(upload));
  EXPECT_THAT(this->listed(forgotten), ::testing::IsEmpty());
}

// A client may send a part again while it is completed, as often as it likes.
TYPED_TEST(ObjectStoreContract, CallsAtOnceMakeOneObject) {
  const auto upload = this->loop_.run(this->store_.begin_multipart(kWhole, "text/plain"));
  this->put_part(upload, 1, "first");
  const auto parts = this->loop_.run(this->store_.list_parts(upload));
  std::vector<std::thread> callers;
  std::atomic<int> made{0};
  for (auto& loop : this->more_loops_) {
    callers.emplace_back([&] { made += loop.run(this->store_.complete_multipart(upload, parts)) ? 1 : 0; });
  }
  for (auto& caller : callers)
    caller.join();
  EXPECT_EQ(made, std::ssize(this->more_loops_));
  EXPECT_EQ(this->get(kWhole), "first");
}

TYPED_TEST(ObjectStoreContract, PartsGoWithTheirPrefix) {
  const auto upload = this->loop_.run(this->store_.begin_multipart("originals/1/a/source", "text/plain"));
  const auto other = this->loop_.run(this->store_.begin_multipart("originals/10/a/source", "text/plain"));
  for (const auto& each : {upload, other})
    this->put_part(each, 1, "text");
  this->loop_.run(this->store_.remove_prefix("originals/1/"));
  EXPECT_THAT(this->listed(upload), ::testing::IsEmpty());
  EXPECT_THAT(this->listed(other), ::testing::SizeIs(1)) << "a prefix ends at its slash";
}

// A base, so that it outlives the store's threads.
struct Loop {
  TestLoop loop_;
};

// The folder store's own promises.
class LocalDirMultipart : public ::testing::Test, protected Loop, public LocalDirFixture {
 protected:
  ports::Multipart begun() { return loop_.run(store_.begin_multipart(kWhole, "text/plain")); }
  ports::SignedRequest signed_part(const ports::Multipart& upload, std::uint64_t size) {
    return store_.sign_part(upload, 1, "text/plain", size, base::Time(std::chrono::hours(1'000'000)));
  }
  std::size_t files_below(const char* folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path / "media" / folder))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
};

TEST_F(LocalDirMultipart, APartOnItsWayWhileTheUploadIsCompletedIsRefused) {
  const auto upload = begun();
  ASSERT_TRUE(put_part(signed_part(upload, 5), "in it"));
  auto late = begin(signed_part(upload, 5));
  late->write(std::string("later"));
  EXPECT_TRUE(loop_.run(store_.complete_multipart(upload, loop_.run(store_.list_parts(upload)))));
  EXPECT_FALSE(late->commit());
  late.reset();
  EXPECT_EQ(files_below(".incoming"), 0U);
  EXPECT_EQ(files_below(".parts"), 0U);
}

TEST_F(LocalDirMultipart, ArrivedPartsOutliveARestartAndOthersDoNot) {
  const auto upload = begun();
  ASSERT_TRUE(put_part(signed_part(upload, 5), "there"));
  const auto half = begin(signed_part(upload, 5));
  half->write(std::string("ha"));
  store_.remove_temporary_files();
  EXPECT_EQ(files_below(".incoming"), 0U);
  EXPECT_EQ(loop_.run(store_.list_parts(upload)).size(), 1U);
}

TEST_F(LocalDirMultipart, ACrashWhileItIsPutTogetherLosesNothing) {
  const auto upload = begun();
  ASSERT_TRUE(put_part(signed_part(upload, 5), "there"));
  const auto parts = loop_.run(store_.list_parts(upload));
  const auto folder = (*fs::directory_iterator(folder_.path / "media/.parts")).path();
  fs::rename(folder, folder.string() + "~sealed");  // as far as it got
  EXPECT_EQ(loop_.run(store_.list_parts(upload)).size(), 1U);
  EXPECT_EQ(begin(signed_part(upload, 5)), nullptr);
  EXPECT_TRUE(loop_.run(store_.complete_multipart(upload, parts)));
  EXPECT_EQ(loop_.run(store_.head(kWhole))->size, 5U);
  EXPECT_EQ(files_below(".parts"), 0U);
}

TEST_F(LocalDirMultipart, LeavesRoomOnTheDisk) {
  const auto free = fs::space(folder_.path).available;
  localdir::LocalDirObjectStore demanding(folder_.path / "media", "http://localhost", base::SigningKeys("key"), files_,
                                          free / 2);
  EXPECT_NO_THROW(loop_.run(demanding.require_room(1)));
  EXPECT_THROW(loop_.run(demanding.require_room(free)), base::Unavailable);
  EXPECT_THROW((void)demanding.begin({"uploads/x", "text/plain", free, {}, {}}), base::Unavailable);
  EXPECT_NO_THROW(loop_.run(store_.require_room(1)));
}

TEST(LocalDirKeys, CannotClimbOrHide) {
  for (const auto* key : {"", "/", "a//b", "../a", "a/../b", "a/./b", "a/.hidden", ".incoming/x", "a b", "a\\b", "/a",
                          "a/", "\xc3\xa9"}) {
    EXPECT_FALSE(localdir::is_valid_key(key)) << key;
  }
  EXPECT_TRUE(localdir::is_valid_key("videos/0SyjWRhmDHN/rG37nfGRXA9O/720p.mp4"));
}

}  // namespace
}  // namespace luot::contract
