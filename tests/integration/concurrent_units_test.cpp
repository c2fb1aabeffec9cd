// Units of the rooms that meet on PostgreSQL, from several loops at once as from several nodes.
#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "adapters/postgres/postgres_database.hpp"
#include "base/result.hpp"
#include "features/auth/auth_store.hpp"
#include "features/comments/comments_store.hpp"
#include "features/engagement/engagement_store.hpp"
#include "features/jobs/jobs_store.hpp"
#include "features/uploads/uploads_store.hpp"
#include "features/users/users_store.hpp"
#include "features/videos/videos_store.hpp"
#include "test_loop.hpp"
#include "test_postgres.hpp"

namespace luot {
namespace {

using base::UserId;
using base::VideoId;
using ports::Statement;
using ports::Undone;
using ports::unit;

constexpr int kNodes = 6;

class ConcurrentUnits : public ::testing::Test {
 protected:
  // A node has connections of its own.
  struct Node {
    explicit Node(const std::string& url) : database(url) {}
    TestLoop loop;  // first: it goes last
    postgres::PostgresDatabase database;

    ports::UnitOutcome write(std::vector<Statement> statements) {
      return loop.run(database.atomically(std::move(statements)));
    }
    ports::Rows read(Statement statement) { return loop.run(database.read(std::move(statement))); }
  };

  ConcurrentUnits() {
    connect();
    first().database.migrate();
    for (const int number : {1, 2}) {
      const auto name = "user" + std::to_string(number);
      EXPECT_TRUE(
          first().write(unit(users::insert_user({UserId{number}, name, name, base::wall_clock()}, "x"))).done());
    }
    for (const int number : {1, 2})
      insert_video(number);
  }

  // Anew where there are connections.
  void connect() {
    nodes_.clear();
    for (int i = 0; i < kNodes; ++i)
      nodes_.push_back(std::make_unique<Node>(database_.url()));
  }

  void insert_video(std::int64_t number) {
    const videos::NewVideo video{VideoId{number}, UserId{1}, "t", "d", videos::Visibility::kPublic};
    EXPECT_TRUE(first().write(unit(videos::insert_video(video))).done());
  }

  Node& first() { return *nodes_.front(); }

  // `work` on each node, in a thread each.
  void on_all(const std::function<void(Node&, int number)>& work) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kNodes; ++i)
      threads.emplace_back([&, i] { work(*nodes_[static_cast<std::size_t>(i)], i); });
  }

  std::string sql(const std::string& statement) { return Psql(database_.url()).run(statement); }

  TestDatabase database_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

TEST_F(ConcurrentUnits, AJobIsClaimedOnce) {
  constexpr int kJobs = 60;
  for (int i = 1; i <= kJobs; ++i)
    first().write(unit(jobs::enqueue({i}, jobs::kTranscode, VideoId{1}, "k", 5)));
  std::mutex mutex;
  std::multiset<std::int64_t> claimed;
  on_all([&](Node& node, int) {
    while (true) {
      const auto outcome = node.write(unit(jobs::claim_due(jobs::kTranscode, base::random_name())));
      if (outcome[0].empty()) return;
      const std::lock_guard lock(mutex);
      claimed.insert(jobs::read_job(outcome[0][0]).id.value);
    }
  });
  EXPECT_EQ(claimed.size(), kJobs);
  EXPECT_EQ(std::set(claimed.begin(), claimed.end()).size(), kJobs);
  EXPECT_EQ(sql("select max(attempts) from jobs"), "1");
}

TEST_F(ConcurrentUnits, TheDaysQuotaIsNotExceeded) {
  const uploads::UploadLimits limits{.per_day = 25};
  std::atomic<int> begun{0};
  on_all([&](Node& node, int number) {
    for (int i = 0; i < 20; ++i) {
      const VideoId id{100 * (number + 1) + i};
      if (node.write(unit(uploads::lock_quota(UserId{1}), uploads::count_upload(UserId{1}, id, 1, limits))).done())
        ++begun;
    }
  });
  EXPECT_EQ(begun, 25);
  EXPECT_EQ(sql("select count(*) from uploads_begun"), "25");
}

TEST_F(ConcurrentUnits, LikesAndTheirCountStayTogether) {
  on_all([&](Node& node, int number) {
    const UserId user{1 + number % 2};  // three nodes toggle the same like
    for (int i = 0; i < 60; ++i) {
      node.write(unit(engagement::insert_like(user, VideoId{1}), engagement::count_like(VideoId{1})));
      node.write(unit(engagement::uncount_like(user, VideoId{1}), engagement::delete_like(user, VideoId{1})));
    }
  });
  EXPECT_EQ(sql("select like_count = (select count(*) from likes where video_id = 1) from videos where id = 1"), "t");
}

TEST_F(ConcurrentUnits, WhoLoggedOutHasNoSuccessor) {
  for (int round = 0; round < 30; ++round) {
    const auto name = std::to_string(round);
    ASSERT_TRUE(first().write(unit(auth::insert_refresh_token(name + "-0", round, UserId{1}))).done());
    std::atomic<bool> ended{false};
    on_all([&](Node& node, int number) {
      if (number == 0) {
        EXPECT_TRUE(node.write(auth::delete_family(round)).done());
        ended = true;
        return;
      }
      for (int i = 0; !ended; ++i) {
        const auto old = name + "-" + std::to_string(i);
        const auto next = name + "-" + std::to_string(i + 1);
        node.write(unit(auth::rotate_refresh_token(old), auth::insert_successor(next, old)));
      }
    });
    ASSERT_EQ(sql("select count(*) from refresh_tokens where family_id = " + name), "0");
  }
}

TEST_F(ConcurrentUnits, EveryReportIsCountedOnceHoweverItsNumberWasGiven) {
  constexpr int kEach = 400;
  std::atomic<int> writers{kNodes - 2};
  on_all([&](Node& node, int number) {
    if (number < 2) {  // two syncers
      while (true) {
        const bool last = writers == 0;
        const auto state = engagement::read_sync_state(node.read(engagement::select_sync_state())[0]);
        if (state.newest > state.counted) node.write(engagement::move_reports(state.counted, state.newest));
        if (last && state.newest == state.counted) return;
      }
    }
    const engagement::Added added{true, true, false, 10};
    const engagement::Watcher watcher{"w" + std::to_string(number), "n"};
    for (int i = 0; i < kEach; ++i) {
      // Some take long between their number and their commit.
      auto statements = unit(engagement::insert_report(VideoId{1 + i % 2}, UserId{1}, watcher, added, std::nullopt));
      static constexpr ports::Sql kSleep{"sleep", "", "select pg_sleep($1)"};
      if (i % 50 == 0) statements.emplace_back(kSleep, 0.02);
      EXPECT_TRUE(node.write(std::move(statements)).done());
    }
    --writers;
  });
  EXPECT_EQ(sql("select sum(view_count) from videos"), std::to_string(kEach * (kNodes - 2)));
  EXPECT_EQ(sql("select sum(watched_ms) from videos"), std::to_string(10 * kEach * (kNodes - 2)));
}

TEST_F(ConcurrentUnits, WhoChangesManyVideosWaitsForNobodyInACircle) {
  constexpr std::int64_t kVideos = 200;
  for (std::int64_t number = 3; number <= kVideos; ++number)
    insert_video(number);
  // Plans that put nothing in order by chance.
  sql("do $$ begin execute 'alter database ' || current_database() || ' set enable_sort = off'; end $$");
  connect();
  std::atomic<int> writers{kNodes - 1};
  std::atomic<std::int64_t> ids{1};
  on_all([&](Node& node, int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    const auto any_video = [&] { return VideoId{std::uniform_int_distribution<std::int64_t>(1, kVideos)(random)}; };
    while (number == 0) {  // the syncer
      const bool last = writers == 0;
      const auto state = engagement::read_sync_state(node.read(engagement::select_sync_state())[0]);
      if (state.newest > state.counted) node.write(engagement::move_reports(state.counted, state.newest));
      if (last && state.newest == state.counted) return;
    }
    for (int i = 0; i < 60; ++i) {
      std::vector<Statement> reports;
      for (int each = 0; each < 20; ++each)
        reports.push_back(engagement::insert_report(any_video(), UserId{1}, {"w", "n"}, {true, true, false, 10}, {}));
      EXPECT_TRUE(node.write(std::move(reports)).done());
      std::vector<comments::Post> posts;
      for (int each = 0; each < 20; ++each)
        posts.push_back({{++ids}, any_video(), UserId{1}, "nice"});
      EXPECT_TRUE(node.write(comments::post_comments(posts)).done());
    }
    --writers;
  });
  const auto expected = std::to_string((kNodes - 1) * 60 * 20);
  EXPECT_EQ(sql("select sum(comment_count) from videos"), expected);
  EXPECT_EQ(sql("select sum(view_count) from videos"), expected);
  nodes_.clear();  // sessions tell what they met when they end, at the latest
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(sql("select deadlocks from pg_stat_database where datname = current_database()"), "0");
}

TEST_F(ConcurrentUnits, AVideoGoesWhileOthersWriteAboutIt) {
  const jobs::Job job{{7}, VideoId{2}, "k", 1, "token", false};
  first().write(unit(jobs::enqueue(job.id, jobs::kTranscode, job.video, job.payload, 5)));
  first().write(unit(jobs::claim_due(jobs::kTranscode, job.lease_token)));
  std::atomic<bool> gone{false};
  std::atomic<int> comments{0};
  on_all([&](Node& node, int number) {
    if (number == 0) {
      while (comments < 50)
        std::this_thread::yield();
      EXPECT_TRUE(
          node.write(unit(videos::lock_jobs_of_video(VideoId{2}), videos::delete_any_video(VideoId{2}))).done());
      gone = true;
    }
    for (int i = 0; !gone; ++i) {
      if (number == 1) {
        node.write(unit(jobs::renew(job), videos::set_progress(VideoId{2}, videos::Stage::kProbing, i % 100)));
        continue;
      }
      const std::vector<comments::Post> posts{{{1000000 * number + i}, VideoId{2}, UserId{1}, "nice"}};
      const auto outcome = node.write(comments::post_comments(posts));
      if (outcome.done() && !comments::read_posted(outcome).empty()) ++comments;
    }
  });
  EXPECT_EQ(sql("select count(*) from comments"), "0");
  EXPECT_EQ(sql("select count(*) from jobs"), "0");
}

}  // namespace
}  // namespace luot
