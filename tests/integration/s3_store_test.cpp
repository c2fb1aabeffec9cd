// The S3 store's own promises, on a real server.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <filesystem>

#include "adapters/s3/s3_object_store.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "s3_server.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;

class S3Store : public ::testing::Test {
 protected:
  S3Store() { fs::create_directory(scratch_); }
  ~S3Store() override {
    s3::S3ObjectStore whole(server_.location(""), S3Server::credentials(), clock_);
    loop_.run(whole.remove_prefix(prefix_));
    fs::remove_all(scratch_);
  }
  std::unique_ptr<s3::S3ObjectStore> tuned(s3::S3Tuning tuning) {
    return std::make_unique<s3::S3ObjectStore>(server_.location(prefix_), S3Server::credentials(), clock_, tuning);
  }
  fs::path file_of(std::uint64_t size) {
    const auto path = scratch_ / base::random_name();
    auto file = base::File::create_exclusive(path);
    std::string block(kMiB, '\0');
    for (std::uint64_t written = 0; written < size; written += block.size()) {
      block.replace(0, 8, base::random_name().substr(0, 8));  // no two blocks are the same
      file.write_all(std::span(block).first(std::min<std::uint64_t>(block.size(), size - written)));
    }
    return path;
  }
  static bool are_same(const fs::path& a, const fs::path& b) {
    const auto first = base::File::open_read(a);
    const auto second = base::File::open_read(b);
    std::string left(kMiB, '\0');
    std::string right(kMiB, '\0');
    for (std::uint64_t offset = 0; offset < first.size(); offset += kMiB) {
      if (first.read_at(offset, left) != second.read_at(offset, right) || left != right) return false;
    }
    return first.size() == second.size();
  }

  TestLoop loop_;  // first: it goes last
  S3Server server_;
  ports::SystemClock clock_;
  const std::string prefix_ = "test-" + base::random_name();
  const fs::path scratch_ = fs::temp_directory_path() / ("luot-test-" + base::random_name());
};

TEST_F(S3Store, MemoryDoesNotGrowWithTheObject) {
  const auto store = tuned({});
  const auto small = file_of(kMiB);
  loop_.run(store->upload(small, "videos/small", "video/mp4"));
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto file = file_of(300 * kMiB);
  loop_.run(store->upload(file, "videos/large", "video/mp4"));
  loop_.run(store->download("videos/large", scratch_ / "copy"));
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 * 1024) << "KiB";
  EXPECT_TRUE(are_same(file, scratch_ / "copy"));
}

TEST_F(S3Store, LargeObjectsAreCopiedInParts) {
  s3::S3Tuning tuning;
  tuning.parts_above = 6 * kMiB;
  tuning.part = 5 * kMiB;
  tuning.copy_in_parts_above = 6 * kMiB;
  tuning.copied_part = 5 * kMiB;
  const auto store = tuned(tuning);
  const auto file = file_of(13 * kMiB + 5);
  loop_.run(store->upload(file, "videos/a", "video/mp4"));
  EXPECT_TRUE(loop_.run(store->copy("videos/a", "videos/b")));
  loop_.run(store->download("videos/b", scratch_ / "copy"));
  EXPECT_TRUE(are_same(file, scratch_ / "copy"));
  const auto url = store->sign_read(ports::ReadMethod::kGet, "videos/b", clock_.now(), std::chrono::seconds(60));
  s3::HttpClient client(std::chrono::seconds(5));
  s3::HttpRequest get;
  get.method = "GET";
  get.url = url.value();
  const auto answer = client.send(get);
  EXPECT_EQ(answer.header("content-type"), "video/mp4");
  EXPECT_EQ(answer.header("cache-control"), "public, max-age=31536000, immutable");
}

TEST_F(S3Store, MoreObjectsThanOneRequestTakesAreListedAndRemoved) {
  std::array<TestLoop, 4> loops;  // before the store: they go after it
  const auto store = tuned({});
  const auto file = file_of(1);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < loops.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (auto i = thread; i < 1003; i += loops.size())
        loops[thread].run(store->upload(file, "v/1/" + std::to_string(i), "video/mp4"));
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(loop_.run(store->list("v/1")).size(), 1003U);
  loop_.run(store->remove_prefix("v/1"));
  EXPECT_THAT(loop_.run(store->list("v/1")), ::testing::IsEmpty());
}

TEST_F(S3Store, WhatWasNotSignedIsRefused) {
  const auto store = tuned({});
  const auto put = store->sign_put("uploads/x", "video/mp4", 4, clock_.now() + std::chrono::minutes(1));
  EXPECT_EQ(S3Server::put(put, "12345").status, 403);
  auto other = put;
  other.headers = {{"Content-Type", "text/html"}};
  EXPECT_EQ(S3Server::put(other, "1234").status, 403);
  other = put;
  other.url.replace(other.url.find("uploads/x"), 9, "uploads/y");
  EXPECT_EQ(S3Server::put(other, "1234").status, 403);
  const auto late = store->sign_put("uploads/x", "video/mp4", 4, clock_.now() - std::chrono::minutes(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  EXPECT_EQ(S3Server::put(late, "1234").status, 403) << "expired";
  EXPECT_EQ(S3Server::put(put, "1234").status, 200);
}

}  // namespace
}  // namespace luot
