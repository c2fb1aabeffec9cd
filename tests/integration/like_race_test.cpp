// Likes that are written through say what is stored, also where the video changes while they are decided.
#include <gtest/gtest.h>

#include "features/engagement/engagement.hpp"
#include "test_databases.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::Task;
using base::UserId;
using base::VideoId;
using ports::Sql;
using ports::Statement;

constexpr Sql kInsertUser{"user", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $2, 'x', now()))"};
constexpr Sql kInsertVideo{"video", R"(
  insert into videos (id, user_id, title, description, visibility, status, created_at, playable_at, hot_score, hot_floor)
  values (1, 1, 't', 'd', 'public', 'ready', now(), now(), 1.0, 1.0))"};
constexpr Sql kSetVisibility{"visibility", "update videos set visibility = $1"};
constexpr Sql kState{"state", "select like_count, (select count(*) from likes) from videos"};

const VideoId kVideo{1};
const UserId kOther{2};

// Makes the video public before what is read next is read.
class Meanwhile final : public ports::Database {
 public:
  explicit Meanwhile(ports::Database& database) : database_(database) {}
  Task<ports::Rows> read(Statement statement) override {
    if (std::exchange(armed, false)) co_await database_.atomically(ports::unit(Statement(kSetVisibility, "public")));
    co_return co_await database_.read(std::move(statement));
  }
  Task<ports::UnitOutcome> atomically(std::vector<Statement> statements) override {
    ++units;
    return database_.atomically(std::move(statements));
  }
  Task<void> wait_for(std::string channel, std::chrono::milliseconds longest) override {
    return database_.wait_for(std::move(channel), longest);
  }
  int migrate() override { return database_.migrate(); }

  bool armed = false;
  int units = 0;

 private:
  ports::Database& database_;
};

class LikeRace : public ::testing::TestWithParam<MakeDatabasePlace> {
 protected:
  void SetUp() override {
    database_.migrate();
    for (const int user : {1, 2})
      write(Statement(kInsertUser, user, "user" + std::to_string(user)));
    write(Statement(kInsertVideo));
    database_.units = 0;
  }

  void write(Statement statement) { loop_.run(database_.atomically(ports::unit(std::move(statement)))); }
  void take_back_until_read() {
    write(Statement(kSetVisibility, "private"));
    database_.armed = true;
  }

  void expect_likes(std::int64_t likes) {
    const auto rows = loop_.run(database_.read(Statement(kState)));
    EXPECT_EQ(rows[0].integer(0), likes);
    EXPECT_EQ(rows[0].integer(1), likes);
  }

  TestLoop loop_;
  const std::unique_ptr<DatabasePlace> place_ = GetParam()();
  const std::unique_ptr<ports::Database> real_ = place_->open();
  Meanwhile database_{*real_};
  ports::SystemClock clock_;
  playback::PlayTokens tokens_{base::SigningKeys("play")};
  engagement::ViewerTokens viewer_tokens_{base::SigningKeys("viewer")};
  engagement::Engagement engagement_{database_, tokens_, viewer_tokens_, clock_, "viewer", {}};
};

TEST_P(LikeRace, AVideoThatIsShownMeanwhileIsLiked) {
  take_back_until_read();
  const auto liked = loop_.run(engagement_.like(kVideo, kOther));
  ASSERT_TRUE(liked);
  EXPECT_EQ(liked->like_count, 1);
  expect_likes(1);
}

TEST_P(LikeRace, AVideoThatIsShownMeanwhileIsUnliked) {
  EXPECT_TRUE(loop_.run(engagement_.like(kVideo, kOther)));
  take_back_until_read();
  const auto unliked = loop_.run(engagement_.unlike(kVideo, kOther));
  ASSERT_TRUE(unliked);
  EXPECT_EQ(unliked->like_count, 0);
  expect_likes(0);
}

TEST_P(LikeRace, WhatIsAlreadySoIsWrittenOnce) {
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(loop_.run(engagement_.like(kVideo, kOther))->like_count, 1);
  EXPECT_EQ(database_.units, 2);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(loop_.run(engagement_.unlike(kVideo, kOther))->like_count, 0);
  EXPECT_EQ(database_.units, 4);
  expect_likes(0);
}

TEST_P(LikeRace, WhatMayNotBeSeenIsNotFound) {
  write(Statement(kSetVisibility, "private"));
  EXPECT_EQ(loop_.run(engagement_.like(kVideo, kOther)).error().code, "video_not_found");
  EXPECT_EQ(loop_.run(engagement_.unlike(kVideo, kOther)).error().code, "video_not_found");
  EXPECT_EQ(loop_.run(engagement_.like(VideoId{9}, kOther)).error().code, "video_not_found");
  EXPECT_TRUE(loop_.run(engagement_.like(kVideo, UserId{1}))) << "its owner sees it";
  expect_likes(1);
}

INSTANTIATE_TEST_SUITE_P(sqlite, LikeRace, ::testing::Values(&make_database_place<SqlitePlace>));
INSTANTIATE_TEST_SUITE_P(postgres, LikeRace, ::testing::Values(&make_database_place<PostgresPlace>));

}  // namespace
}  // namespace luot
