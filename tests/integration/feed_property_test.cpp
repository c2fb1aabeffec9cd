// The feed's promise, tried by chance: while videos come, go, hide, return and change their rank, while their viewers
// watch and nodes restart, a walk shows each video that is listed throughout exactly once, and every other at most
// once; and what its viewer had not seen comes first.
//
// LUOT_PROPERTY_SEEDS sets how many histories are tried (10). A failure names its seed.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "adapters/localdir/localdir_object_store.hpp"
#include "features/engagement/engagement.hpp"
#include "features/feed/feed.hpp"
#include "test_databases.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::UserId;
using base::VideoId;
using feed::Kind;
using ports::Sql;
using ports::Statement;

constexpr Sql kInsertUser{"user", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $2, 'x', now()))"};
constexpr Sql kInsertVideo{"video", R"(
  insert into videos (id, user_id, title, description, visibility, status, created_at, playable_at, published_at,
    hot_score, hot_floor, rev, video_url)
  values ($1, 1, 't', 'd', 'public', 'ready', now(), now(), $2, $3, $3, 'r', 'k'))"};
constexpr Sql kDeleteVideo{"delete", "delete from videos where id = $1"};
constexpr Sql kSetVisibility{"visibility", "update videos set visibility = $2, edits = edits + 1 where id = $1"};
constexpr Sql kSetScore{"score", "update videos set hot_score = $2 where id = $1"};
constexpr Sql kReport{"report", R"(
  insert into view_log (video_id, user_id, viewer, network, starts, views, completions, watched_ms, created_at)
  values ($1, $2, 'u', 'n', 1, 1, 0, 3000, now()))"};
constexpr Sql kAgeHead{"age_head", "update feed_heads set created_at = $1 where superseded_at is null"};
constexpr Sql kForgetHeads{"forget_heads", "delete from feed_heads where superseded_at is not null"};
constexpr Sql kSeen{"seen", "select video_id from seen where user_id = $1"};

constexpr std::size_t kHeadLength = 12;  // so that heads end within a walk
constexpr std::size_t kLook = 3;         // and looks within a page
constexpr int kUsers = 2;

// What all nodes share, and what each has of its own.
struct Shared {
  explicit Shared(MakeDatabasePlace make_place) : place(make_place()) {
    std::filesystem::create_directory(folder);
    place->open()->migrate();
  }
  ~Shared() { std::filesystem::remove_all(folder); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  std::unique_ptr<DatabasePlace> place;
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("luot-test-" + base::random_name());
  base::BlockingPool files{"files", 1, 64};
  ports::SystemClock clock;
  base::CursorSealer cursors{base::SigningKeys("cursor")};
  playback::MediaSigner signer{base::SigningKeys("media"), "http://edge"};
  playback::PlayTokens tokens{base::SigningKeys("play")};
  engagement::ViewerTokens viewer_tokens{base::SigningKeys("viewer")};
};

struct Node {
  explicit Node(Shared& shared)
      : database(shared.place->open()),
        store(shared.folder / "media", "http://here", base::SigningKeys("upload"), shared.files),
        users(*database),
        videos(*database, store),
        engagement(*database, shared.tokens, shared.viewer_tokens, shared.clock, "viewer", {}),
        catalog(*database, users, videos, engagement, shared.signer, shared.tokens, shared.cursors, shared.clock),
        feed(*database, catalog, shared.cursors, {.head = kHeadLength, .look = kLook}) {}
  std::unique_ptr<ports::Database> database;
  localdir::LocalDirObjectStore store;
  users::Users users;
  videos::Videos videos;
  engagement::Engagement engagement;
  catalog::Catalog catalog;
  feed::Feed feed;
};

// One viewer on his way through one kind of feed.
struct Walker {
  Kind kind{};
  std::optional<UserId> viewer;
  std::int64_t limit = 0;
  std::optional<std::string> cursor;
  std::set<VideoId> expected;     // listed when the walk began, and ever since
  std::set<VideoId> seen_before;  // of those, what the viewer had seen
  std::vector<VideoId> shown;
  bool under_way = false;
};

class World {
 public:
  World(unsigned seed, MakeDatabasePlace make_place) : dice_(seed), shared_(make_place) {
    restart();
    for (int id = 1; id <= kUsers; ++id)
      write(Statement(kInsertUser, UserId{id}, "user" + std::to_string(id)));
    for (int i = 0; i < 45; ++i)
      insert();
    for (int i = 0; i < 7; ++i)
      walkers_.emplace_back();
  }

  void act() {
    const auto choice = roll(100);
    if (choice < 60) return walk(walkers_[roll(walkers_.size())]);
    if (choice < 67) return insert();
    if (choice < 71) return remove();
    if (choice < 80) return change_visibility();
    if (choice < 88) return write(Statement(kSetScore, any(), static_cast<double>(roll(1000))));
    if (choice < 92) return watch();
    if (choice < 96) return renew_head();
    if (choice < 99) return restart();
    forget_heads();
  }

  void finish() {
    for (auto& walker : walkers_) {
      while (walker.under_way)
        walk(walker);
    }
  }
  [[nodiscard]] int completed() const { return completed_; }

 private:
  std::size_t roll(std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(dice_); }
  Node& node() { return *nodes_[roll(nodes_.size())]; }
  VideoId any() {
    return videos_.empty() ? VideoId{0}
                           : std::next(videos_.begin(), static_cast<std::ptrdiff_t>(roll(videos_.size())))->first;
  }
  void write(Statement statement) { loop_.run(node().database->atomically(ports::unit(std::move(statement)))); }

  // A change frees every walk from its promise for that video, but for "at most once".
  void changed(VideoId id) {
    for (auto& walker : walkers_)
      walker.expected.erase(id);
  }

  void insert() {
    const VideoId id{static_cast<std::int64_t>(1000 + roll(1'000'000'000))};
    // Few different moments, so that many videos share one.
    const base::Time published{std::chrono::seconds(1'700'000'000 + roll(20))};
    write(Statement(kInsertVideo, id, published, static_cast<double>(roll(1000))));
    videos_[id] = true;
  }

  void remove() {
    const auto id = any();
    write(Statement(kDeleteVideo, id));
    videos_.erase(id);
    changed(id);
  }

  void change_visibility() {
    const auto id = any();
    const bool listed = roll(2) == 0;
    write(Statement(kSetVisibility, id, listed ? "public" : roll(2) == 0 ? "private" : "unlisted"));
    if (videos_.contains(id)) videos_[id] = listed;
    changed(id);
  }

  void watch() {
    const UserId user{static_cast<std::int64_t>(1 + roll(kUsers))};
    for (std::size_t i = 0; i < 1 + roll(8); ++i)
      write(Statement(kReport, any(), user));
    loop_.run(node().engagement.sync());
  }

  void renew_head() {
    write(Statement(kAgeHead, base::Time(std::chrono::seconds(1))));
    loop_.run(node().feed.renew_head());
  }

  void restart() {
    nodes_.clear();
    for (int i = 0; i < 2; ++i)
      nodes_.push_back(std::make_unique<Node>(shared_));
  }

  // As if two hours had passed; nodes that hold a head in memory may still know it.
  void forget_heads() { write(Statement(kForgetHeads)); }

  void begin(Walker& walker) {
    walker = {};
    walker.kind = std::array{Kind::kMixed, Kind::kNew, Kind::kHot}[roll(3)];
    if (roll(3) > 0) walker.viewer = UserId{static_cast<std::int64_t>(1 + roll(kUsers))};
    walker.limit = static_cast<std::int64_t>(1 + roll(12));
    walker.under_way = true;
    for (const auto& [id, listed] : videos_) {
      if (listed) walker.expected.insert(id);
    }
    if (!walker.viewer) return;
    restart();  // a node knows the newest batch of marks, but for a second
    const auto rows = loop_.run(node().database->read(Statement(kSeen, *walker.viewer)));
    for (const auto& row : rows.rows)
      walker.seen_before.insert(row.id<VideoId>(0));
  }

  void walk(Walker& walker) {
    if (!walker.under_way) begin(walker);
    const auto page = loop_.run(node().feed.page(walker.kind, walker.viewer, walker.limit, walker.cursor));
    if (!page) {
      ASSERT_EQ(page.error().code, "cursor_expired");
      walker.under_way = false;
      return;
    }
    ASSERT_LE(std::ssize(page->cards), walker.limit);
    ASSERT_TRUE(!page->cards.empty() || !page->next_cursor) << "only a last page may be empty";
    for (const auto& card : page->cards) {
      const auto id = VideoId::parse(std::string_view(boost::json::parse(*card).at("id").as_string()));
      ASSERT_TRUE(id && videos_.contains(*id) && videos_.at(*id)) << "shown though it is not listed";
      walker.shown.push_back(*id);
    }
    walker.cursor = page->next_cursor;
    if (!walker.cursor) check(walker);
  }

  void check(Walker& walker) {
    walker.under_way = false;
    ++completed_;
    const std::set<VideoId> once(walker.shown.begin(), walker.shown.end());
    ASSERT_EQ(once.size(), walker.shown.size()) << "a video was shown twice";
    for (const auto id : walker.expected)
      ASSERT_TRUE(once.contains(id)) << "a video that was there throughout was not shown";
    bool in_seen = false;
    for (const auto id : walker.shown) {
      if (!walker.expected.contains(id)) continue;
      if (walker.seen_before.contains(id)) in_seen = true;
      ASSERT_TRUE(!in_seen || walker.seen_before.contains(id)) << "what was not seen comes first";
    }
  }

  std::mt19937 dice_;
  TestLoop loop_;
  Shared shared_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<VideoId, bool> videos_;  // whether it is listed
  std::vector<Walker> walkers_;
  int completed_ = 0;
};

unsigned seeds() {
  const char* text = std::getenv("LUOT_PROPERTY_SEEDS");
  return text == nullptr ? 10U : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

class FeedProperty : public ::testing::TestWithParam<MakeDatabasePlace> {};

TEST_P(FeedProperty, AWalkShowsWhatStaysOnceAndWhatChangesAtMostOnce) {
  int completed = 0;
  for (unsigned seed = 1; seed <= seeds() && !::testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, GetParam());
    for (int i = 0; i < 400 && !::testing::Test::HasFatalFailure(); ++i)
      world.act();
    world.finish();
    completed += world.completed();
  }
  EXPECT_GT(completed, static_cast<int>(seeds()) * 10) << "walks come to their end";
  std::printf("%d walks in %u histories\n", completed, seeds());
}

INSTANTIATE_TEST_SUITE_P(sqlite, FeedProperty, ::testing::Values(&make_database_place<SqlitePlace>));
INSTANTIATE_TEST_SUITE_P(postgres, FeedProperty, ::testing::Values(&make_database_place<PostgresPlace>));

}  // namespace
}  // namespace luot
