// What the adapter does when a statement or a connection fails. tests/fault/test_postgres_faults.py takes the server
// away.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include <boost/asio/use_future.hpp>
#include "adapters/postgres/postgres_database.hpp"
#include "base/event_loops.hpp"
#include "base/result.hpp"
#include "test_loop.hpp"
#include "test_postgres.hpp"

namespace luot {
namespace {

using ports::Sql;
using ports::Statement;
using ports::Undone;
using ports::unit;
using std::chrono::steady_clock;

constexpr Sql kInsert{"insert", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $2, 'x', now()))"};
constexpr Sql kRename{"rename", "update users set username = $2 where id = $1"};
constexpr Sql kCount{"count", "select count(*) from users"};
constexpr Sql kSleep{"sleep", "", "select pg_sleep($1)"};
constexpr Sql kNumeric{"numeric", "", "select 1.5::numeric"};
constexpr Sql kSettings{"settings", "", R"(
  select current_setting('synchronous_commit'), current_setting('statement_timeout'), current_setting('work_mem'))"};
constexpr Sql kReadOnly{"read_only", "", "select set_config('transaction_read_only', 'on', true)"};

class PostgresAdapter : public ::testing::Test {
 protected:
  PostgresAdapter() { database_.migrate(); }

  ports::UnitOutcome write(std::vector<Statement> statements) {
    return loop_.run(database_.atomically(std::move(statements)));
  }
  ports::Rows read(Statement statement) { return loop_.run(database_.read(std::move(statement))); }
  void insert(int id, const std::string& name) { EXPECT_TRUE(write(unit(Statement(kInsert, id, name))).done()); }

  // Returns when they are gone. One that the pool is just opening may come up afterwards.
  void end_connections() {
    Psql psql(owner_.url());
    const std::string others = psql.run(
        "select coalesce(string_agg(pid::text, ','), '0') from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()");
    psql.run("select pg_terminate_backend(pid) from unnest(array[" + others + "]) pid");
    while (psql.run("select 1 from pg_stat_activity where pid in (" + others + ")") != "")
      std::this_thread::yield();
  }

  TestLoop loop_;  // first: it goes last
  TestLoop other_loop_;
  TestDatabase owner_;
  postgres::PostgresDatabase database_{owner_.url()};
};

base::Task<void> insert_each(ports::Database* database, int first, int count, std::atomic<int>* undone) {
  for (int id = first; id < first + count; ++id) {
    auto statements = unit(Statement(kInsert, id, "user" + std::to_string(id)));
    if (id % 10 == 0) statements.push_back(Statement(kRename, -1, "nobody").must_touch(1));
    const auto outcome = co_await database->atomically(std::move(statements));
    if (!outcome.done()) ++*undone;
  }
}

TEST_F(PostgresAdapter, ThousandsOfUnitsAtOnceAreEachWrittenOrUndone) {
  constexpr int kTasks = 1000;
  constexpr int kEach = 10;
  std::atomic<int> undone{0};
  base::EventLoops loops(2);  // first: they go last
  postgres::PostgresDatabase database(owner_.url());
  loops.start();
  std::vector<std::future<void>> ends;
  for (int task = 0; task < kTasks; ++task) {
    auto& context = loops[static_cast<std::size_t>(task % 2)].context;
    ends.push_back(
        base::asio::co_spawn(context, insert_each(&database, task * kEach, kEach, &undone), base::asio::use_future));
  }
  for (auto& end : ends)
    end.get();
  loops.stop();
  EXPECT_EQ(undone, kTasks);
  EXPECT_EQ(read(Statement(kCount))[0].integer(0), kTasks * (kEach - 1));
}

TEST_F(PostgresAdapter, ADeadlockIsTriedAgain) {
  insert(1, "one");
  insert(2, "two");
  const auto rename_both = [this](TestLoop& loop, int first, int second) {
    return loop
        .run(database_.atomically(unit(Statement(kRename, first, "a" + std::to_string(second)), Statement(kSleep, 0.3),
                                       Statement(kRename, second, "b" + std::to_string(first)))))
        .done();
  };
  std::atomic<bool> other{false};
  {
    const std::jthread thread([&] { other = rename_both(other_loop_, 2, 1); });
    EXPECT_TRUE(rename_both(loop_, 1, 2));
  }
  EXPECT_TRUE(other);
}

TEST_F(PostgresAdapter, AStatementBeyondItsTimeEndsAndHarmsNoOther) {
  const auto began = steady_clock::now();
  EXPECT_THROW(read(Statement(kSleep, 30.0)), base::Unavailable);
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(5));
  insert(1, "one");
  EXPECT_EQ(read(Statement(kCount))[0].integer(0), 1);
}

TEST_F(PostgresAdapter, ConnectionsThatEndAreMadeAnew) {
  insert(1, "one");
  for (int round = 0; round < 3; ++round) {
    EXPECT_NO_THROW(read(Statement(kCount)));
    end_connections();
    // Noticed before anything is sent.
    insert(10 + round, "n" + std::to_string(round));
    EXPECT_EQ(read(Statement(kCount))[0].integer(0), 2 + round);
  }
}

TEST_F(PostgresAdapter, AReadWhoseConnectionEndsIsSentAgain) {
  const std::jthread killer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    end_connections();
  });
  EXPECT_NO_THROW(read(Statement(kSleep, 1.0)));
}

TEST_F(PostgresAdapter, AUnitWhoseConnectionEndsIsAFault) {
  std::jthread killer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    end_connections();
  });
  EXPECT_THROW(write(unit(Statement(kInsert, 1, "one"), Statement(kSleep, 2.0))), base::Unavailable);
  EXPECT_EQ(read(Statement(kCount))[0].integer(0), 0);
}

TEST_F(PostgresAdapter, AReadOnlyServerIsUnavailable) {
  EXPECT_THROW(write(unit(Statement(kReadOnly), Statement(kInsert, 1, "one"))), base::Unavailable);
}

TEST_F(PostgresAdapter, TypesThatNobodyReadsAreRefused) {
  EXPECT_ANY_THROW(read(Statement(kNumeric)));
}

TEST_F(PostgresAdapter, TextIsNoTextWithAnEndInIt) {
  EXPECT_ANY_THROW(write(unit(Statement(kInsert, 1, std::string("a\0b", 3)))));
}

TEST_F(PostgresAdapter, TakesOptionsOfTheUrlAlong) {
  postgres::PostgresDatabase database(owner_.url() + "?options=-c%20work_mem%3D12345kB");
  const auto rows = loop_.run(database.read(Statement(kSettings)));
  EXPECT_EQ(rows[0].text(0), "off");  // the barrier has it back
  EXPECT_EQ(rows[0].text(1), "3s");
  EXPECT_EQ(rows[0].text(2), "12345kB");
}

TEST_F(PostgresAdapter, ManyMayMigrateAtOnce) {
  const TestDatabase fresh;
  std::atomic<int> applied{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 10; ++i)
      threads.emplace_back([&] { applied += postgres::PostgresDatabase(fresh.url()).migrate(); });
  }
  EXPECT_EQ(std::to_string(applied), Psql(fresh.url()).run("select count(*) from schema_migrations"));
}

TEST(PostgresUrl, ThatCannotBeReadIsRefusedWithoutBeingTold) {
  try {
    postgres::PostgresDatabase("postgres://me:hunter2@host/x?nonsense=1");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
  }
}

TEST(PostgresUrl, WhereNobodyAnswersIsUnavailableAtOnce) {
  TestLoop loop;
  postgres::PostgresDatabase database("postgres://me:hunter2@127.0.0.1:1/x");
  const auto began = steady_clock::now();
  EXPECT_THROW(loop.run(database.read(Statement(kCount))), base::Unavailable);
  EXPECT_THROW(loop.run(database.atomically(unit(Statement(kInsert, 1, "one")))), base::Unavailable);
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(2));
  try {
    database.migrate();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace luot
