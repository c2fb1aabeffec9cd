// What every Database adapter promises. A new adapter joins by adding its place at the end.
#include <gmock/gmock.h>

#include <thread>

#include "base/ids.hpp"
#include "ports/database.hpp"
#include "test_databases.hpp"
#include "test_loop.hpp"

namespace luot::contract {
namespace {

using ports::Rows;
using ports::Sql;
using ports::Statement;
using ports::Undone;
using ports::unit;
using ports::UnitOutcome;

constexpr Sql kInsertUser{"insert", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $3, 'x', now()))"};
constexpr Sql kInsertUserBackwards{"insert_backwards", R"(
  insert into users (email, username, id, password_hash, created_at) values ($3, $2, $1, 'x', now()))"};
constexpr Sql kSelectUser{"select", "select id, username, email, created_at from users where id = $1"};
constexpr Sql kCountUsers{"count", "select count(*) from users"};
constexpr Sql kDeleteUser{"delete", "delete from users where id = $1"};
constexpr Sql kInsertVideo{"insert_video", R"(
  insert into videos (id, user_id, title, description, visibility, status, created_at)
  values ($1, $2, 't', 'd', $3, 'uploading', now()))"};
constexpr Sql kAddView{"add_view", "update videos set view_count = view_count + 1 where id = $1 returning view_count"};
constexpr Sql kSetDuration{"set_duration", "update videos set duration = $2, width = $3 where id = $1"};
constexpr Sql kSelectVideo{"select_video", "select duration, width, rev from videos where id = $1"};
constexpr Sql kTimes{"times", "select now(), seconds_from_now($1), seconds_from_now($2)"};
constexpr Sql kBroken{"broken", "select nothing from nowhere"};

constexpr Sql kInsertAndWake{
    .name = "insert_and_wake",
    .text = "insert into users (id, username, email, password_hash, created_at) values ($1, $2, $3, 'x', now())",
    .wakes = "users"};

class DatabaseContract : public ::testing::TestWithParam<MakeDatabasePlace> {
 protected:
  DatabaseContract() { database_->migrate(); }

  UnitOutcome write(std::vector<Statement> statements) {
    return loop_.run(database_->atomically(std::move(statements)));
  }
  Rows read(Statement statement) { return loop_.run(database_->read(std::move(statement))); }
  void reopen() {
    database_.reset();
    database_ = place_->open();
  }

  TestLoop loop_;  // first: it goes last
  std::array<TestLoop, 8> thread_loops_;
  std::unique_ptr<DatabasePlace> place_ = GetParam()();
  std::unique_ptr<ports::Database> database_ = place_->open();
};

TEST_P(DatabaseContract, WhatIsWrittenIsReadAlsoAfterReopening) {
  ASSERT_TRUE(write(unit(Statement(kInsertUser, 7, "Lướt", "a@b.c"))).done());
  for (int i = 0; i < 2; ++i) {
    const auto rows = read(Statement(kSelectUser, 7));
    ASSERT_EQ(rows.rows.size(), 1U);
    EXPECT_EQ(rows[0].integer(0), 7);
    EXPECT_EQ(rows[0].text(1), "Lướt");
    reopen();
  }
}

TEST_P(DatabaseContract, ParametersAreBoundByNumberInAnyOrder) {
  ASSERT_TRUE(write(unit(Statement(kInsertUserBackwards, 1, "name", "e@x.y"))).done());
  const auto rows = read(Statement(kSelectUser, 1));
  EXPECT_EQ(rows[0].text(1), "name");
  EXPECT_EQ(rows[0].text(2), "e@x.y");
}

TEST_P(DatabaseContract, KeepsNullsRealsAndLargeIntegers) {
  write(unit(Statement(kInsertUser, INT64_MAX, "n", "n@x.y"), Statement(kInsertVideo, 1, INT64_MAX, "public")));
  write(unit(Statement(kSetDuration, 1, 12.5, std::optional<int>())));
  const auto rows = read(Statement(kSelectVideo, 1));
  EXPECT_DOUBLE_EQ(rows[0].real(0), 12.5);
  EXPECT_FALSE(rows[0].optional_integer(1));
  EXPECT_FALSE(rows[0].optional_text(2));
  EXPECT_EQ(read(Statement(kSelectUser, INT64_MAX)).rows.size(), 1U);
}

TEST_P(DatabaseContract, AUnitIsWrittenWholeOrNotAtAll) {
  const auto outcome = write(unit(Statement(kInsertUser, 1, "one", "1@x.y"), Statement(kDeleteUser, 99).must_touch(1)));
  ASSERT_FALSE(outcome.done());
  EXPECT_EQ(outcome.undone().reason, Undone::Reason::kRowCount);
  EXPECT_EQ(outcome.undone().statement, 1U);
  EXPECT_EQ(read(Statement(kCountUsers))[0].integer(0), 0);
}

TEST_P(DatabaseContract, NamesTheUniqueConstraintThatWasBroken) {
  write(unit(Statement(kInsertUser, 1, "Name", "1@x.y")));
  EXPECT_TRUE(write(unit(Statement(kInsertUser, 1, "other", "2@x.y"))).broke("users_pkey"));
  EXPECT_TRUE(write(unit(Statement(kInsertUser, 2, "nAME", "2@x.y"))).broke("users_username_key"));
  const auto outcome = write(unit(Statement(kDeleteUser, 50), Statement(kInsertUser, 2, "other", "1@x.y")));
  EXPECT_TRUE(outcome.broke("users_email_key"));
  EXPECT_EQ(outcome.undone().statement, 1U);
}

TEST_P(DatabaseContract, ChecksForeignKeysAndChecks) {
  const auto orphan = write(unit(Statement(kInsertVideo, 1, 404, "public")));
  ASSERT_FALSE(orphan.done());
  EXPECT_EQ(orphan.undone().reason, Undone::Reason::kForeignKey);
  write(unit(Statement(kInsertUser, 1, "n", "n@x.y")));
  const auto odd = write(unit(Statement(kInsertVideo, 1, 1, "secret")));
  ASSERT_FALSE(odd.done());
  EXPECT_EQ(odd.undone().reason, Undone::Reason::kCheck);
}

TEST_P(DatabaseContract, AUnitHasOneTime) {
  const auto outcome = write(unit(Statement(kTimes, 1.5, -60.0), Statement(kTimes, 0.0, 0.0)));
  const auto now = outcome[0][0].time(0);
  EXPECT_EQ(outcome[0][0].time(1) - now, std::chrono::milliseconds(1500));
  EXPECT_EQ(outcome[0][0].time(2) - now, -std::chrono::seconds(60));
  EXPECT_EQ(outcome[1][0].time(0), now);
  const auto drift = std::chrono::system_clock::now() - now;
  EXPECT_LT(std::chrono::abs(drift), std::chrono::seconds(10));
}

TEST_P(DatabaseContract, AFaultyStatementHarmsNoOtherUnit) {
  EXPECT_THROW(write(unit(Statement(kBroken))), std::exception);
  EXPECT_THROW(read(Statement(kBroken)), std::exception);
  EXPECT_TRUE(write(unit(Statement(kInsertUser, 1, "n", "n@x.y"))).done());
}

TEST_P(DatabaseContract, ConcurrentUnitsLoseNothing) {
  write(unit(Statement(kInsertUser, 1, "n", "n@x.y"), Statement(kInsertVideo, 1, 1, "public")));
  const int kThreads = static_cast<int>(thread_loops_.size());
  constexpr int kEach = 100;
  std::atomic<int> undone{0};
  {
    std::vector<std::jthread> threads;
    for (auto& loop : thread_loops_) {
      threads.emplace_back([this, &undone, &loop] {
        for (int i = 0; i < kEach; ++i) {
          // Every third unit is undone, in the middle of the others' shared commit.
          auto statements = unit(Statement(kAddView, 1));
          if (i % 3 == 0) statements.push_back(Statement(kDeleteUser, 99).must_touch(1));
          if (!loop.run(database_->atomically(std::move(statements))).done()) ++undone;
        }
      });
    }
  }
  EXPECT_EQ(undone, kThreads * 34);
  EXPECT_EQ(write(unit(Statement(kAddView, 1)))[0][0].integer(0), kThreads * kEach - undone + 1);
}

TEST_P(DatabaseContract, WhoWaitsIsWokenByAUnitAndOtherwiseInTime) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kShort{20};
  constexpr std::chrono::seconds kLong{30};
  auto began = Clock::now();
  loop_.run(database_->wait_for("users", kShort));
  EXPECT_GE(Clock::now() - began, kShort);
  std::atomic<bool> woken{false};
  {
    const std::jthread waiter([&] {
      thread_loops_[0].run(database_->wait_for("users", kLong));
      woken = true;
    });
    began = Clock::now();
    // Until it waits, and the engine listens, words are lost.
    for (int i = 0; !woken && Clock::now() - began < kLong; ++i) {
      const auto name = "n" + std::to_string(i);
      EXPECT_TRUE(write(unit(Statement(kInsertAndWake, i, name, name))).done());
      std::this_thread::sleep_for(kShort);
    }
  }
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(10));
}

TEST_P(DatabaseContract, MigratesOnceHoweverManyStart) {
  const auto second = place_->open();
  EXPECT_EQ(second->migrate(), 0);
  EXPECT_EQ(database_->migrate(), 0);
}

INSTANTIATE_TEST_SUITE_P(sqlite, DatabaseContract, ::testing::Values(&make_database_place<SqlitePlace>));
INSTANTIATE_TEST_SUITE_P(postgres, DatabaseContract, ::testing::Values(&make_database_place<PostgresPlace>));

}  // namespace
}  // namespace luot::contract
