// Views and likes in a buffer, tried by chance: while users watch, like and unlike, while two syncers meet and each
// dies between any two of its steps, and while Redis is killed and comes back, what was answered is what is stored in
// the end: for each viewer and video, answered <= stored <= answered + unanswered; a like's last answer is its state.
//
// LUOT_PROPERTY_SEEDS sets how many histories are tried (5). A failure names its seed.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "adapters/redis/redis_engagement_buffer.hpp"
#include "features/engagement/engagement.hpp"
#include "redis_process.hpp"
#include "test_databases.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::Task;
using base::UserId;
using base::VideoId;
using ports::Sql;
using ports::Statement;
using namespace std::chrono_literals;

constexpr Sql kInsertUser{"user", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $2, 'x', now()))"};
constexpr Sql kInsertVideo{"video", R"(
  insert into videos (id, user_id, title, description, visibility, status, created_at, playable_at, published_at,
    duration, hot_score, hot_floor)
  values ($1, 1, 't', 'd', 'public', 'ready', now(), now(), now(), 10, 1.0, 1.0))"};
constexpr Sql kDeleteVideo{"delete_video", "delete from videos where id = $1"};
constexpr Sql kDeleteUser{"delete_user", "delete from users where id = $1"};
constexpr Sql kVideo{"counts", R"(
  select view_count, start_count, completion_count, watched_ms, like_count, hot_score from videos where id = $1)"};
constexpr Sql kLikes{"likes", "select user_id, video_id, hot_term from likes"};
constexpr Sql kTerm{"term", "select " LUOT_HOT_TERM("1")};
constexpr Sql kSeen{"seen", "select user_id, video_id from seen"};

constexpr int kUsers = 12;  // enough for the list of likers to be wanted
constexpr int kVideos = 4;

// What dies now and then, before what it is asked to do or after it.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int roll(int sides) { return std::uniform_int_distribution(0, sides - 1)(random_); }
  void maybe_die() {
    if (deadly && roll(25) == 0) throw base::Unavailable("unavailable", "died");
  }
  bool deadly = false;

 private:
  std::mt19937 random_;
};

class FrailDatabase final : public ports::Database {
 public:
  FrailDatabase(ports::Database& database, Dice& dice) : database_(database), dice_(dice) {}
  Task<ports::Rows> read(Statement statement) override {
    dice_.maybe_die();
    co_return co_await database_.read(std::move(statement));
  }
  Task<ports::UnitOutcome> atomically(std::vector<Statement> statements) override {
    dice_.maybe_die();
    auto outcome = co_await database_.atomically(std::move(statements));
    dice_.maybe_die();
    co_return outcome;
  }
  Task<void> wait_for(std::string channel, std::chrono::milliseconds longest) override {
    return database_.wait_for(std::move(channel), longest);
  }
  int migrate() override { return database_.migrate(); }

 private:
  ports::Database& database_;
  Dice& dice_;
};

class FrailBuffer final : public ports::EngagementBuffer {
 public:
  FrailBuffer(ports::EngagementBuffer& buffer, Dice& dice) : buffer_(buffer), dice_(dice) {}
  Task<ports::ViewVerdict> report(ports::WatchReport report, ports::ViewRules rules) override {
    return around(buffer_.report(std::move(report), rules));
  }
  Task<std::optional<ports::ViewBatch>> due_views() override { return around(buffer_.due_views()); }
  Task<void> forget_views(std::string batch) override {
    dice_.maybe_die();
    co_await buffer_.forget_views(std::move(batch));
    dice_.maybe_die();
  }
  Task<std::optional<ports::LikeAnswer>> set_like(UserId user, VideoId video, bool liked,
                                                  std::optional<ports::LikeRow> row) override {
    return around(buffer_.set_like(user, video, liked, row));
  }
  Task<void> keep_likers(VideoId video, std::vector<UserId> likers) override {
    return buffer_.keep_likers(video, std::move(likers));
  }
  Task<ports::LikeBatch> due_likes(ports::LikeOffset offset) override { return around(buffer_.due_likes(offset)); }
  Task<std::vector<ports::LikeState>> likes_of(UserId user, std::vector<VideoId> videos) override {
    return buffer_.likes_of(user, std::move(videos));
  }

 private:
  template <typename T>
  Task<T> around(Task<T> task) {
    dice_.maybe_die();
    auto value = co_await std::move(task);
    dice_.maybe_die();
    co_return value;
  }
  ports::EngagementBuffer& buffer_;
  Dice& dice_;
};

class World {
 public:
  World(unsigned seed, MakeDatabasePlace make_place) : dice_(seed), place_(make_place()), database_(place_->open()) {
    database_->migrate();
    for (int i = 1; i <= kUsers; ++i)
      write(Statement(kInsertUser, i, "user" + std::to_string(i)));
    for (int i = 1; i <= kVideos; ++i)
      write(Statement(kInsertVideo, i));
    frail_database_.emplace(*database_, dice_);
    frail_buffer_.emplace(buffer_, dice_);
    node_.emplace(*frail_database_, tokens_, viewer_tokens_, clock_, "viewer", engagement::EngagementOptions{},
                  &*frail_buffer_);
    sound_.emplace(*database_, tokens_, viewer_tokens_, clock_, "viewer", engagement::EngagementOptions{}, &buffer_);
    dice_.deadly = true;
  }

  void act() {
    const auto choice = dice_.roll(100);
    if (choice < 45) return like();
    if (choice < 75) return view();
    if (choice < 98) return sync();
    redis_.stop();
    if (dice_.roll(2) == 0) view();  // nobody answers
    redis_.start();
  }

  void like() {
    const UserId user{1 + dice_.roll(kUsers)};
    const VideoId video{1 + dice_.roll(kVideos)};
    const bool liked = dice_.roll(2) == 0;
    auto& states = likes_.try_emplace({user, video}, std::set<bool>{false}).first->second;
    try {
      const auto outcome = loop_.run(liked ? node_->like(video, user) : node_->unlike(video, user));
      ASSERT_TRUE(outcome);
      EXPECT_EQ(outcome->liked, liked);
      states = {liked};
    } catch (const base::Unavailable&) {
      states.insert(liked);
    }
  }

  void view() {
    const UserId user{1 + dice_.roll(kUsers)};
    const VideoId video{1 + dice_.roll(kVideos)};
    engagement::ViewReport report;
    report.play_token = tokens_.issue(video, issued_);  // one token: its milliseconds count once
    report.watched_ms = 9000;
    auto& told = views_[{user, video}];
    try {
      const auto outcome = loop_.run(node_->view(video, {user, "", "127.0.0.1"}, report));
      ASSERT_TRUE(outcome);
      EXPECT_GE(outcome->view_count, counts_[video]) << "view_count never goes back";
      counts_[video] = outcome->view_count;
      (outcome->counted ? told.counted : told.already) += 1;
    } catch (const base::Unavailable&) {
      ++told.unanswered;
    }
  }

  // Two at once, of which each may die; or one.
  void sync() {
    const auto one = [this] {
      try {
        loop_.run(node_->sync());
      } catch (const base::Unavailable&) {
      }
    };
    if (dice_.roll(2) == 0) return one();
    loop_.run(both());
  }

  void settle() {
    dice_.deadly = false;
    const auto until = std::chrono::steady_clock::now() + 5s;
    for (int quiet = 0; quiet < 3;) {
      try {
        const bool more = loop_.run(sound_->sync());
        const bool views = redis_.ask("EXISTS views:pending views:batches") != "0";
        quiet = more || views ? 0 : quiet + 1;
        if (views) std::this_thread::sleep_for(20ms);  // a batch is closed a second after the one before
      } catch (const base::Unavailable&) {             // Redis has just come back
        ASSERT_LT(std::chrono::steady_clock::now(), until);
        std::this_thread::sleep_for(50ms);
      }
    }
  }

  // The logarithm of what the rows say that a video is worth now; the views are some seconds old at most.
  double worth(VideoId video, std::int64_t views) {
    const double now = read(Statement(kTerm))[0].real(0);
    auto sum = static_cast<double>(views);  // none was to the end
    for (const auto& row : read(Statement(kLikes)).rows)
      sum += row.id<VideoId>(1) == video ? std::exp(row.real(2) - now) : 0;
    return sum == 0 ? 1.0 : now + std::log(sum);
  }

  void check() {
    std::set<std::pair<UserId, VideoId>> liked;
    for (const auto& row : read(Statement(kLikes)).rows)
      liked.insert({row.id<UserId>(0), row.id<VideoId>(1)});
    for (const auto& [who, states] : likes_)
      EXPECT_TRUE(states.contains(liked.contains(who))) << who.first.value << " likes " << who.second.value;
    std::set<std::pair<UserId, VideoId>> seen;
    for (const auto& row : read(Statement(kSeen)).rows)
      seen.insert({row.id<UserId>(0), row.id<VideoId>(1)});
    for (int i = 1; i <= kVideos; ++i) {
      const VideoId video{i};
      const auto rows = read(Statement(kVideo, video));
      const auto& row = rows[0];
      std::int64_t least = 0, most = 0, likes = 0;
      for (const auto& [who, told] : views_) {
        if (who.second != video) continue;
        EXPECT_LE(told.counted, 1) << "once in a window";
        const bool surely = told.counted + told.already > 0;
        least += surely ? 1 : 0;
        most += surely || told.unanswered > 0 ? 1 : 0;
        EXPECT_TRUE(!surely || seen.contains(who));
      }
      for (const auto& [user, of] : liked)
        likes += of == video ? 1 : 0;
      EXPECT_LE(least, row.integer(0));
      EXPECT_LE(row.integer(0), most);
      EXPECT_EQ(row.integer(0), row.integer(1)) << "starts";
      EXPECT_EQ(row.integer(3), 9000 * row.integer(0)) << "milliseconds";
      EXPECT_EQ(row.integer(4), likes);
      EXPECT_NEAR(row.real(5), worth(video, row.integer(0)), 0.01);
    }
  }

  ports::Rows read(Statement statement) { return loop_.run(database_->read(std::move(statement))); }
  void write(Statement statement) { loop_.run(database_->atomically(ports::unit(std::move(statement)))); }
  engagement::Engagement& sound() { return *sound_; }
  ports::EngagementBuffer& buffer() { return buffer_; }
  RedisProcess& redis() { return redis_; }
  TestLoop& loop() { return loop_; }
  playback::PlayTokens& tokens() { return tokens_; }
  void forget_answers() {
    likes_.clear();
    views_.clear();
  }
  void be_sound() { dice_.deadly = false; }

 private:
  struct Told {
    int counted = 0, already = 0, unanswered = 0;
  };
  Task<void> both() {
    using base::asio::co_spawn;
    const auto loop = co_await base::asio::this_coro::executor;
    const auto other = std::make_shared<bool>(false);
    co_spawn(loop, node_->sync(), [other](const std::exception_ptr&, bool) { *other = true; });
    try {
      co_await node_->sync();
    } catch (const base::Unavailable&) {
    }
    base::Timer timer(loop);
    while (!*other) {
      timer.expires_after(1ms);
      co_await timer.async_wait(base::use_task);
    }
  }

  TestLoop loop_;
  Dice dice_;
  RedisProcess redis_;
  const std::unique_ptr<DatabasePlace> place_;
  const std::unique_ptr<ports::Database> database_;
  ports::SystemClock clock_;
  const base::Time issued_ = clock_.now() - 1min;
  playback::PlayTokens tokens_{base::SigningKeys("play")};
  engagement::ViewerTokens viewer_tokens_{base::SigningKeys("viewer")};
  redis::RedisClient client_{redis::parse_url(redis_.url())};
  redis::RedisEngagementBuffer buffer_{client_};
  std::optional<FrailDatabase> frail_database_;
  std::optional<FrailBuffer> frail_buffer_;
  std::optional<engagement::Engagement> node_;
  std::optional<engagement::Engagement> sound_;
  std::map<std::pair<UserId, VideoId>, std::set<bool>> likes_;  // what may be stored
  std::map<std::pair<UserId, VideoId>, Told> views_;
  std::map<VideoId, std::int64_t> counts_;
};

class BufferedCounting : public ::testing::TestWithParam<MakeDatabasePlace> {};

TEST_P(BufferedCounting, WhatWasAnsweredIsStoredOnce) {
  const char* wanted = std::getenv("LUOT_PROPERTY_SEEDS");
  const unsigned seeds = wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : 5;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, GetParam());
    for (int i = 0; i < 300 && !::testing::Test::HasFailure(); ++i)
      world.act();
    world.settle();
    world.check();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST_P(BufferedCounting, RedisThatWasEmptiedBeginsAnew) {
  World world(1, GetParam());
  world.be_sound();
  for (int i = 0; i < 40; ++i) {
    world.like();
    world.view();
  }
  world.settle();
  world.check();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(world.redis().ask("FLUSHALL"), "OK");
    // Likes go on from what the database has; views may count once more, since nobody knows them.
    for (int i = 0; i < 40; ++i)
      world.like();
    world.settle();
    const auto rows = world.read(Statement(kLikes));
    std::map<std::int64_t, std::int64_t> likes;
    for (const auto& row : rows.rows)
      ++likes[row.integer(1)];
    for (int video = 1; video <= kVideos; ++video)
      EXPECT_EQ(world.read(Statement(kVideo, video))[0].integer(4), likes[video]);
  }
}

TEST_P(BufferedCounting, AVideoThatManyComeToIsDecidedByTheListOfItsLikers) {
  World world(1, GetParam());
  world.be_sound();
  auto& loop = world.loop();
  const VideoId video{1};
  for (int user = 1; user <= 3; ++user)
    EXPECT_TRUE(loop.run(world.sound().like(video, UserId{user})));
  world.settle();
  EXPECT_EQ(world.redis().ask("FLUSHALL"), "OK");
  const std::string set = "video:" + video.str() + ":likes";
  for (int user = 4; user <= 10; ++user)
    EXPECT_TRUE(loop.run(world.sound().like(video, UserId{user})));
  EXPECT_EQ(world.redis().ask("EXISTS " + set), "0");
  EXPECT_EQ(loop.run(world.sound().like(video, UserId{11}))->like_count, 11);
  EXPECT_EQ(world.redis().ask("SCARD " + set), "12") << "those of the database, those since, and that they are all";
  // By the set alone: no row is passed.
  const auto decided = [&](int user, bool liked) {
    return loop.run(world.buffer().set_like(UserId{user}, video, liked, std::nullopt));
  };
  EXPECT_EQ(decided(2, true)->like_count, 11);
  EXPECT_EQ(decided(2, false)->like_count, 10);
  EXPECT_EQ(decided(12, true)->like_count, 11);
  EXPECT_FALSE(loop.run(world.buffer().set_like(UserId{2}, VideoId{2}, true, std::nullopt))) << "nobody knows";
  world.settle();
  EXPECT_EQ(world.read(Statement(kVideo, 1))[0].integer(4), 11);
}

TEST_P(BufferedCounting, WhatIsGoneHindersNobody) {
  World world(1, GetParam());
  world.be_sound();
  auto& loop = world.loop();
  for (const int video : {1, 2}) {
    for (int user = 2; user <= 4; ++user) {
      EXPECT_TRUE(loop.run(world.sound().like(VideoId{video}, UserId{user})));
      engagement::ViewReport report{world.tokens().issue(VideoId{video}, base::wall_clock() - 1min), 9000};
      EXPECT_TRUE(loop.run(world.sound().view(VideoId{video}, {UserId{user}, "", "127.0.0.1"}, report)));
    }
  }
  world.write(Statement(kDeleteVideo, 1));
  world.write(Statement(kDeleteUser, 3));
  world.settle();
  const auto rows = world.read(Statement(kVideo, 2));
  EXPECT_EQ(rows[0].integer(0), 3) << "the views";
  EXPECT_EQ(rows[0].integer(4), 2) << "the likes of those who are there";
  EXPECT_EQ(world.read(Statement(kLikes)).rows.size(), 2U);
  EXPECT_EQ(world.read(Statement(kSeen)).rows.size(), 2U);
}

TEST_P(BufferedCounting, ABatchOfViewsIsClosedASecondAfterTheOneBefore) {
  World world(1, GetParam());
  world.be_sound();
  auto& loop = world.loop();
  const auto watch = [&](int user) {
    engagement::ViewReport report{world.tokens().issue(VideoId{1}, base::wall_clock() - 1min), 9000};
    EXPECT_TRUE(loop.run(world.sound().view(VideoId{1}, {UserId{user}, "", "127.0.0.1"}, report)));
  };
  const auto stored = [&] { return world.read(Statement(kVideo, 1))[0].integer(0); };
  watch(1);
  loop.run(world.sound().sync());
  EXPECT_EQ(stored(), 1) << "the first is closed at once";
  // As if the one before had been closed then; half a second ahead leaves a slow machine one and a half.
  const auto closed = [&](std::chrono::milliseconds ago) {
    const auto at =
        std::chrono::duration_cast<std::chrono::milliseconds>((base::wall_clock() - ago).time_since_epoch());
    EXPECT_EQ(world.redis().ask("SET views:closed " + std::to_string(at.count())), "OK");
  };
  watch(2);
  closed(-500ms);
  loop.run(world.sound().sync());
  EXPECT_EQ(stored(), 1) << "it gathers, with nothing waiting before it";
  closed(1min);
  loop.run(world.sound().sync());
  EXPECT_EQ(stored(), 2);
  watch(3);
  closed(-1min);
  loop.run(world.sound().sync());
  EXPECT_EQ(stored(), 3) << "the clock was set back";
}

TEST_P(BufferedCounting, OwnOperationsShowBeforeTheyAreSynced) {
  World world(1, GetParam());
  world.be_sound();
  auto& loop = world.loop();
  const std::vector<VideoId> videos{VideoId{1}, VideoId{2}};
  EXPECT_EQ(loop.run(world.sound().like(VideoId{2}, UserId{2}))->like_count, 1);
  EXPECT_EQ(loop.run(world.sound().like(VideoId{2}, UserId{3}))->like_count, 2);
  EXPECT_EQ(loop.run(world.sound().like(VideoId{2}, UserId{3}))->like_count, 2) << "again";
  const auto show = [&](UserId user) {
    const auto states = loop.run(world.sound().likes_of(user, videos));
    ASSERT_EQ(states.size(), 2U);
    EXPECT_FALSE(states[0].liked || states[0].like_count) << "the database is current";
    EXPECT_EQ(states[1].liked, user == UserId{4} ? std::nullopt : std::optional(true));
    EXPECT_EQ(states[1].like_count, 2);
  };
  show(UserId{3});
  show(UserId{4});
  world.settle();
  show(UserId{3});  // for a while, for those who read the database just before
  EXPECT_EQ(loop.run(world.sound().unlike(VideoId{2}, UserId{2}))->like_count, 1);
  world.settle();
  EXPECT_EQ(world.read(Statement(kVideo, 2))[0].integer(4), 1);
}

INSTANTIATE_TEST_SUITE_P(sqlite, BufferedCounting, ::testing::Values(&make_database_place<SqlitePlace>));
INSTANTIATE_TEST_SUITE_P(postgres, BufferedCounting, ::testing::Values(&make_database_place<PostgresPlace>));

}  // namespace
}  // namespace luot
