// Who is next in the queue of work, on both engines.
#include <gmock/gmock.h>

#include <random>

#include "features/jobs/jobs_store.hpp"
#include "features/transcoding/transcoding_store.hpp"
#include "features/users/users_store.hpp"
#include "features/videos/videos_store.hpp"
#include "test_databases.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::JobId;
using base::UserId;
using base::VideoId;
using ports::Statement;
using ports::unit;
using ::testing::ElementsAre;
using ::testing::Le;

constexpr ports::Sql kOverdue{"overdue",
                              "update jobs set lease_expires_at = seconds_from_now(-1) where state = 'running'"};
constexpr ports::Sql kProcessing{"processing", "update videos set status = 'processing'"};
constexpr ports::Sql kForget{"forget", "delete from jobs"};

// Jobs are of the video of the same number; their owner is the number's hundreds.
class FairQueue : public ::testing::TestWithParam<MakeDatabasePlace> {
 protected:
  FairQueue() {
    database_->migrate();
    for (const int user : {1, 2, 3}) {
      const auto name = "user" + std::to_string(user);
      write(unit(users::insert_user({UserId{user}, name, name, base::wall_clock()}, "x")));
      for (int i = 0; i < 100; ++i) {
        write(
            unit(videos::insert_video({VideoId{user * 100 + i}, UserId{user}, "t", "d", videos::Visibility::kPublic})));
      }
    }
    write(unit(Statement(kProcessing)));
  }

  ports::UnitOutcome write(std::vector<Statement> statements) {
    auto outcome = loop_.run(database_->atomically(std::move(statements)));
    EXPECT_TRUE(outcome.done());
    return outcome;
  }
  void enqueue(std::int64_t number, double cost = 10) {
    write(unit(jobs::enqueue(JobId{number}, jobs::kTranscode, VideoId{number}, "k", cost)));
  }
  std::optional<jobs::Job> claim() { return loop_.run(queue_.claim(jobs::kTranscode)); }
  std::int64_t next() {
    const auto job = claim();
    return job ? job->id.value : 0;
  }
  std::vector<std::int64_t> next(int count) {
    std::vector<std::int64_t> numbers;
    for (int i = 0; i < count; ++i)
      numbers.push_back(next());
    return numbers;
  }
  std::int64_t ahead_of(std::int64_t number) {
    const auto rows = loop_.run(database_->read(transcoding::select_progress(VideoId{number})));
    return transcoding::read_progress(rows[0]).queue_position;
  }

  const std::unique_ptr<DatabasePlace> place_ = GetParam()();
  TestLoop loop_;
  const std::unique_ptr<ports::Database> database_ = place_->open();
  jobs::Jobs queue_{*database_};
};

TEST_P(FairQueue, EqualsAreTakenAsTheyCame) {
  for (const int number : {100, 200, 300})
    enqueue(number);
  EXPECT_THAT(next(4), ElementsAre(100, 200, 300, 0));
}

TEST_P(FairQueue, ShortVideosComeFirstAlsoOfOneUser) {
  enqueue(100, 100);
  enqueue(101, 6);
  enqueue(200, 20);
  EXPECT_THAT(next(3), ElementsAre(101, 200, 100));
}

TEST_P(FairQueue, WhoUploadsMuchDoesNotHoldUpOthers) {
  for (int i = 100; i < 140; ++i)
    enqueue(i);
  EXPECT_THAT(next(2), ElementsAre(100, 101));
  enqueue(200);
  enqueue(300);
  EXPECT_EQ(ahead_of(200), 1);
  EXPECT_THAT(next(3), ElementsAre(102, 200, 300)) << "one is as old as their first";
}

TEST_P(FairQueue, ALongVideoIsNotOvertakenForEver) {
  enqueue(100, 120);
  int waited = 0;
  for (int number = 200; number < 300; ++number) {
    enqueue(number, 6);  // one comes for each that is taken
    enqueue(number + 100, 6);
    if (next() == 100) break;
    ++waited;
  }
  EXPECT_THAT(waited, Le(2 * 120 / 6)) << "two others at a time have as much as it wants, each";
}

TEST_P(FairQueue, FirstQualitiesComeBeforeTheRestOfOthers) {
  enqueue(100, 20);
  const auto first = claim();
  enqueue(200, 100);
  enqueue(101, 6);
  ASSERT_TRUE(loop_.run(queue_.yield(*first, jobs::cost_of_rest(60))));
  EXPECT_EQ(ahead_of(100), 2);
  EXPECT_THAT(next(2), ElementsAre(101, 200));
  const auto rest = claim();
  EXPECT_EQ(rest->id.value, 100);
  EXPECT_TRUE(rest->playable);
  EXPECT_EQ(rest->attempts, 1) << "its first turn ended well";
}

TEST_P(FairQueue, NobodyGivesWayToNobody) {
  enqueue(100);
  const auto job = claim();
  EXPECT_FALSE(loop_.run(queue_.yield(*job, jobs::cost_of_rest(60))));
  write(unit(jobs::renew(*job)));
  enqueue(200);
  write(unit(Statement(kOverdue)));
  const auto again = claim();
  EXPECT_EQ(again->id.value, 100);
  EXPECT_FALSE(loop_.run(queue_.yield(*job, jobs::cost_of_rest(60)))) << "it is another worker's by now";
}

TEST_P(FairQueue, APausedJobLetsOthersPass) {
  enqueue(100);
  enqueue(200);
  const auto failed = claim();
  loop_.run(queue_.retry_later(*failed, "x"));
  EXPECT_THAT(next(2), ElementsAre(200, 0));
}

TEST_P(FairQueue, PlacesAreCountedToAHundred) {
  for (int i = 0; i < 100; ++i) {
    enqueue(100 + i);
    enqueue(200 + i);
  }
  enqueue(300, 1e6);
  EXPECT_EQ(ahead_of(300), transcoding::kMostAhead);
  EXPECT_EQ(ahead_of(100), 0);
  EXPECT_EQ(ahead_of(200), 1);
}

// While both have something waiting, neither gets more than about twice the other's work.
TEST_P(FairQueue, WorkIsSharedWhoeverUploadsMore) {
  std::mt19937 random(7);  // NOLINT: the same histories each time
  for (int round = 0; round < 5; ++round) {
    std::map<std::int64_t, double> costs;
    for (int i = 0; i < 60; ++i) {  // the first has three times as many as the second
      const auto number = i % 4 == 3 ? 200 + i : 100 + i;
      costs[number] = std::uniform_real_distribution(5.0, 30.0)(random);
      enqueue(number, costs[number]);
    }
    std::map<std::int64_t, double> had;
    for (int left_of_second = 15; left_of_second > 1;) {
      const auto number = next();
      had[number / 100] += costs[number];
      if (number >= 200) --left_of_second;
    }
    // Small ones that come before larger ones of the same user count for these, too: at most twice the share.
    EXPECT_LT(had[1], 2 * had[2] + 60) << "round " << round;
    EXPECT_GT(had[1], had[2] / 2 - 60) << "round " << round;
    write(unit(Statement(kForget)));
  }
}

INSTANTIATE_TEST_SUITE_P(Sqlite, FairQueue, ::testing::Values(&make_database_place<SqlitePlace>));
INSTANTIATE_TEST_SUITE_P(Postgres, FairQueue, ::testing::Values(&make_database_place<PostgresPlace>));

}  // namespace
}  // namespace luot
