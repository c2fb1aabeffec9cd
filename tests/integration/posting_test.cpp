// Comments that are posted at once are stored together, and each has its own outcome.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <cmath>

#include "features/comments/posting.hpp"
#include "features/videos/videos.hpp"
#include "test_databases.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::Task;
using base::UserId;
using base::VideoId;
using comments::Posted;
using ports::Sql;
using ports::Statement;
using namespace std::chrono_literals;

constexpr Sql kInsertUser{"user", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $2, 'x', now()))"};
constexpr Sql kInsertVideo{"video", R"(
  insert into videos (id, user_id, title, description, visibility, status, created_at, playable_at, hot_score, hot_floor)
  values ($1, 1, 't', 'd', $2, 'ready', now(), now(), 0.0, 0.0))"};
constexpr Sql kStored{"stored", "select content, hot_term from comments where video_id = $1"};
constexpr Sql kCounted{"counted", "select comment_count, hot_score from videos where id = $1"};

const VideoId kPublic{1};
const VideoId kPrivate{2};
const UserId kOwner{1};
const UserId kOther{2};
const UserId kGone{99};

class PostingOn : public ::testing::TestWithParam<MakeDatabasePlace> {
 protected:
  void SetUp() override {
    database_->migrate();
    write(Statement(kInsertUser, kOwner, "owner"));
    write(Statement(kInsertUser, kOther, "other"));
    write(Statement(kInsertVideo, kPublic, "public"));
    write(Statement(kInsertVideo, kPrivate, "private"));
  }

  struct Request {
    VideoId video;
    UserId author;
    std::string content;
  };

  // All at once; their outcomes.
  std::vector<std::optional<Posted>> post(const std::vector<Request>& requests) {
    std::vector<std::optional<Posted>> outcomes(requests.size());
    loop_.run(post_all(requests, outcomes));
    return outcomes;
  }

  void write(Statement statement) { loop_.run(database_->atomically(ports::unit(std::move(statement)))); }
  ports::Rows read(Statement statement) { return loop_.run(database_->read(std::move(statement))); }

  // What is stored is what was answered, and both are in the count and the score.
  void expect_stored(VideoId video, std::multiset<std::string> contents) {
    const auto rows = read(Statement(kStored, video));
    std::multiset<std::string> stored;
    double weight = 1;  // the score was 0
    for (const auto& row : rows.rows) {
      stored.insert(row.text(0));
      weight += std::exp(row.real(1) - 700);
    }
    EXPECT_EQ(stored, contents);
    const auto counted = read(Statement(kCounted, video));
    EXPECT_EQ(counted[0].integer(0), std::ssize(contents));
    EXPECT_NEAR(counted[0].real(1), contents.empty() ? 0 : 700 + std::log(weight - 1), 1e-3);
  }

 private:
  Task<void> post_all(const std::vector<Request>& requests, std::vector<std::optional<Posted>>& outcomes) {
    const auto loop = co_await base::asio::this_coro::executor;
    std::size_t answered = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto& request = requests[i];
      base::asio::co_spawn(loop, posting_.post(request.video, request.author, request.content),
                           [&outcomes, &answered, i](const std::exception_ptr& fault, std::optional<Posted> posted) {
                             EXPECT_FALSE(fault);
                             outcomes[i] = posted;
                             ++answered;
                           });
    }
    base::Timer timer(loop);
    while (answered < requests.size()) {
      timer.expires_after(1ms);
      co_await timer.async_wait(base::use_task);
    }
  }

  TestLoop loop_;
  const std::unique_ptr<DatabasePlace> place_ = GetParam()();
  const std::unique_ptr<ports::Database> database_ = place_->open();
  ports::SystemClock clock_;
  comments::Posting posting_{*database_, clock_};
};

TEST_P(PostingOn, ManyAtOnceAreAllStored) {
  std::vector<Request> requests;
  std::multiset<std::string> contents;
  for (int i = 0; i < 120; ++i) {
    requests.push_back({kPublic, i % 2 == 0 ? kOwner : kOther, "\"quoted\" \\ and \n\x01 số " + std::to_string(i)});
    contents.insert(requests.back().content);
  }
  std::set<base::CommentId> ids;
  for (const auto& posted : post(requests)) {
    ASSERT_TRUE(posted);
    ids.insert(posted->id);
    EXPECT_LT(std::chrono::abs(base::wall_clock() - posted->created_at), 1min);
  }
  EXPECT_EQ(ids.size(), requests.size());
  expect_stored(kPublic, contents);
}

TEST_P(PostingOn, EachHasItsOwnOutcome) {
  const auto outcomes = post({{kPublic, kOther, "a"},
                              {kPrivate, kOther, "not for him"},
                              {kPrivate, kOwner, "b"},
                              {VideoId{77}, kOwner, "nowhere"},
                              {kPublic, kOwner, "c"}});
  EXPECT_TRUE(outcomes[0] && outcomes[2] && outcomes[4]);
  EXPECT_FALSE(outcomes[1] || outcomes[3]);
  expect_stored(kPublic, {"a", "c"});
  expect_stored(kPrivate, {"b"});
}

TEST_P(PostingOn, AnAuthorWhoIsGoneHindersNobody) {
  const auto outcomes = post({{kPublic, kOther, "a"}, {kPublic, kGone, "from beyond"}, {kPublic, kOwner, "c"}});
  EXPECT_TRUE(outcomes[0] && outcomes[2]);
  EXPECT_FALSE(outcomes[1]);
  expect_stored(kPublic, {"a", "c"});
}

INSTANTIATE_TEST_SUITE_P(sqlite, PostingOn, ::testing::Values(&make_database_place<SqlitePlace>));
INSTANTIATE_TEST_SUITE_P(postgres, PostingOn, ::testing::Values(&make_database_place<PostgresPlace>));

}  // namespace
}  // namespace luot
