// The PUT route on a real folder, with a clock and a client that tests lead: what only time or many at once show.
#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "adapters/localdir/localdir_routes.hpp"
#include "base/ids.hpp"
#include "test_loop.hpp"

namespace luot::localdir {
namespace {

namespace fs = std::filesystem;
using base::Task;

constexpr std::string_view kText = "0123456789";
constexpr std::string_view kKey = "uploads/AAAAAAAAAAA/x";

// Ten bytes, one a read, before each of which something happens.
class Body final : public http::BodyReader {
 public:
  explicit Body(std::function<void(std::size_t)> before_each) : before_each_(std::move(before_each)) {}
  [[nodiscard]] std::optional<std::uint64_t> content_length() const override { return kText.size(); }
  Task<std::size_t> read_some(boost::asio::mutable_buffer buffer) override {
    before_each_(sent_);
    if (sent_ == kText.size()) co_return 0;
    *static_cast<char*>(buffer.data()) = kText[sent_++];
    co_return 1;
  }

 private:
  std::function<void(std::size_t)> before_each_;
  std::size_t sent_ = 0;
};

class TypedHeaders final : public http::Headers {
 public:
  [[nodiscard]] std::string_view find(std::string_view name) const override {
    return name == "Content-Type" ? "video/mp4" : std::string_view();
  }
};

class LocalDirPut : public ::testing::Test {
 protected:
  LocalDirPut() { add_routes(router_, routes_); }
  ~LocalDirPut() override { fs::remove_all(folder_); }

  base::Result<http::Response> put(std::function<void(std::size_t)> before_each) {
    const auto url = store_.sign_put(std::string(kKey), "video/mp4", kText.size(), clock_.now() + kLife).url;
    http::Request request;
    const TypedHeaders headers;
    Body body(std::move(before_each));
    request.headers = &headers;
    request.body = &body;
    request.query = url.substr(url.find('?') + 1);
    request.params.emplace_back("key", std::string(kKey));
    return loop_.run(router_.routes().front()->handler(request));
  }
  [[nodiscard]] bool is_stored() const { return fs::exists(folder_ / kKey); }
  [[nodiscard]] bool nothing_is_left() const { return fs::is_empty(folder_ / ".incoming"); }

  static constexpr std::chrono::hours kLife{1};
  TestLoop loop_;  // first: it goes last
  const fs::path folder_ = fs::temp_directory_path() / ("luot-test-" + base::random_name());
  base::BlockingPool files_{"files", 2, 100};
  ports::ManualClock clock_{base::Time(std::chrono::seconds(1'800'000'000))};
  LocalDirObjectStore store_{folder_, "http://here", base::SigningKeys("key"), files_};
  StorageRoutes routes_{store_, clock_};
  http::Router router_;
};

TEST_F(LocalDirPut, MayEndAWhileAfterItsUrl) {
  const auto answer = put([this](std::size_t sent) {
    if (sent == 5) clock_.advance(kLife + std::chrono::minutes(29));
  });
  EXPECT_TRUE(answer.has_value());
  EXPECT_TRUE(is_stored());
}

TEST_F(LocalDirPut, MakesNothingOnceItsRemoverMayHaveComeBy) {
  for (const std::size_t moment : {std::size_t{0}, std::size_t{5}, kText.size()}) {
    const auto answer = put([this, moment](std::size_t sent) {
      if (sent == moment) clock_.advance(kLife + std::chrono::minutes(30));
    });
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().code, "upload_url_invalid");
    EXPECT_FALSE(is_stored());
    EXPECT_TRUE(nothing_is_left());
  }
}

TEST_F(LocalDirPut, LeavesNothingOfAClientThatLeft) {
  EXPECT_THROW((void)put([](std::size_t sent) {
                 if (sent == 5) throw http::ClientGone(http::ClientGone::Cause::kLeft, "gone");
               }),
               http::ClientGone);
  EXPECT_FALSE(is_stored());
  EXPECT_TRUE(nothing_is_left());
}

class LocalDirSlots : public ::testing::Test {
 protected:
  void take(const std::string& key, std::int64_t part) {
    held_.push_back(std::make_unique<IncomingSlots::Slot>(slots_, UploadGrant{key, "", 1, {}, PartGrant{"id", part}}));
  }
  bool refuses(const std::string& key, std::int64_t part) {
    try {
      take(key, part);
      return false;
    } catch (const base::Unavailable& e) {
      return e.code() == "overloaded";
    }
  }

  IncomingSlots slots_;
  std::deque<std::unique_ptr<IncomingSlots::Slot>> held_;
};

TEST_F(LocalDirSlots, FewToAUrlAndToAnUpload) {
  for (int part = 1; part <= 8; ++part) {
    take("a", part);
    take("a", part);
    EXPECT_TRUE(refuses("a", 1));
  }
  EXPECT_TRUE(refuses("a", 9)) << "of one upload";
  take("b", 1);
  held_.pop_front();
  take("a", 9);
  EXPECT_TRUE(refuses("a", 1));
}

TEST_F(LocalDirSlots, SoManyInAll) {
  for (int i = 0; i < 256; ++i)
    take(std::to_string(i), 1);
  EXPECT_TRUE(refuses("one more", 1));
  held_.pop_front();
  EXPECT_FALSE(refuses("one more", 1));
}

TEST(LocalDirRoom, IsPromisedOnce) {
  const auto folder = fs::temp_directory_path();
  const auto most = fs::space(folder).available / 10 * 6;
  Room room(folder, 0);
  {
    auto first = room.promise(most);
    EXPECT_THROW((void)room.promise(most), base::Unavailable);
    EXPECT_THROW(room.require(most), base::Unavailable);
    const auto same = std::move(first);
    EXPECT_THROW((void)room.promise(most), base::Unavailable);
  }
  EXPECT_NO_THROW((void)room.promise(most));
  auto last = room.promise(most);
  last.written(most);  // the disk tells the rest
  EXPECT_NO_THROW((void)room.promise(most));
}

}  // namespace
}  // namespace luot::localdir
