// A video that its owner takes back between the two reads that a card is made of is not shown to a stranger.
#include <gmock/gmock.h>

#include <filesystem>

#include "adapters/localdir/localdir_object_store.hpp"
#include "features/catalog/catalog.hpp"
#include "features/engagement/engagement.hpp"
#include "test_databases.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::UserId;
using base::VideoId;
using ports::Sql;
using ports::Statement;

constexpr Sql kInsertUser{"user", R"(
  insert into users (id, username, email, password_hash, created_at) values (1, 'lan', 'lan@x', 'x', now()))"};
constexpr Sql kInsertVideo{"video", R"(
  insert into videos (id, user_id, title, description, visibility, status, created_at, playable_at, published_at, rev,
    video_url)
  values (1, 1, 'secret', 'd', 'public', 'ready', now(), now(), now(), 'r1', 'videos/1/r1/master.m3u8'))"};
constexpr Sql kTakeBack{"take_back", R"(
  update videos set visibility = 'private', edits = edits + 1, rev = 'r2', video_url = 'videos/1/r2/master.m3u8')"};

constexpr Sql kShow{"show", "update videos set visibility = 'public', edits = edits + 1"};
constexpr Sql kRename{"rename", "update videos set title = 'renamed', edits = edits + 1"};
constexpr Sql kDelete{"delete", "delete from videos"};

// Commits an edit after so many reads, as another request would.
class EditedDatabase final : public ports::Database {
 public:
  explicit EditedDatabase(ports::Database& database) : database_(database) {}
  void edit_after(int reads) { reads_left_ = reads; }

  base::Task<ports::Rows> read(Statement statement) override {
    auto rows = co_await database_.read(std::move(statement));
    if (--reads_left_ == 0) {
      auto edit = ports::unit(Statement(kTakeBack));
      co_await database_.atomically(std::move(edit));
    }
    co_return rows;
  }
  base::Task<ports::UnitOutcome> atomically(std::vector<Statement> statements) override {
    co_return co_await database_.atomically(std::move(statements));
  }
  base::Task<void> wait_for(std::string channel, std::chrono::milliseconds longest) override {
    return database_.wait_for(std::move(channel), longest);
  }
  int migrate() override { return database_.migrate(); }

 private:
  ports::Database& database_;
  int reads_left_ = 0;
};

class CardRace : public ::testing::TestWithParam<MakeDatabasePlace> {
 protected:
  CardRace() {
    database_->migrate();
    loop_.run(database_->atomically(ports::unit(Statement(kInsertUser), Statement(kInsertVideo))));
  }
  ~CardRace() override { std::filesystem::remove_all(folder_); }

  static std::filesystem::path made() {
    auto folder = std::filesystem::temp_directory_path() / ("luot-test-" + base::random_name());
    std::filesystem::create_directory(folder);
    return folder;
  }

  TestLoop loop_;
  const std::filesystem::path folder_ = made();
  base::BlockingPool files_{"files", 1, 64};
  ports::SystemClock clock_;
  const base::CursorSealer cursors_{base::SigningKeys("cursor")};
  const playback::MediaSigner signer_{base::SigningKeys("media"), "http://edge"};
  const playback::PlayTokens tokens_{base::SigningKeys("play")};
  const std::unique_ptr<DatabasePlace> place_ = GetParam()();
  const std::unique_ptr<ports::Database> database_ = place_->open();
  EditedDatabase edited_{*database_};
  localdir::LocalDirObjectStore store_{folder_ / "media", "http://here", base::SigningKeys("upload"), files_, 0};
  users::Users users_{edited_};
  videos::Videos videos_{edited_, store_};
  const engagement::ViewerTokens viewer_tokens_{base::SigningKeys("viewer")};
  engagement::Engagement engagement_{edited_, tokens_, viewer_tokens_, clock_, "viewer", {}};
  catalog::Catalog catalog_{edited_, users_, videos_, engagement_, signer_, tokens_, cursors_, clock_};
};

TEST_P(CardRace, AStrangerSeesNothingOfIt) {
  edited_.edit_after(1);
  const auto card = loop_.run(catalog_.card(VideoId{1}, UserId{2}));
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, "video_not_found");
}

TEST_P(CardRace, NorDoesAFeed) {
  edited_.edit_after(1);
  EXPECT_THAT(loop_.run(catalog_.listed_cards({VideoId{1}}, std::nullopt)), ::testing::IsEmpty());
}

TEST_P(CardRace, ItsOwnerSeesIt) {
  edited_.edit_after(1);
  const auto card = loop_.run(catalog_.card(VideoId{1}, UserId{1}));
  ASSERT_TRUE(card);
  EXPECT_THAT(**card, ::testing::HasSubstr("private"));
}

TEST_P(CardRace, WithoutAnEditEverybodyDoes) {
  for (int i = 0; i < 2; ++i) {
    const auto card = loop_.run(catalog_.card(VideoId{1}, UserId{2}));
    ASSERT_TRUE(card);
    EXPECT_THAT(**card, ::testing::HasSubstr("\"secret\""));
  }
  EXPECT_THAT(loop_.run(catalog_.listed_cards({VideoId{1}}, std::nullopt)), ::testing::SizeIs(1));
}

// Cards are held; what changes them may happen on any node.
TEST_P(CardRace, WhatIsTakenBackOrDeletedIsInNoFeedAnyMore) {
  const auto show = [this] { return loop_.run(catalog_.listed_cards({VideoId{1}}, std::nullopt)); };
  const auto write = [this](const Sql& sql) { loop_.run(database_->atomically(ports::unit(Statement(sql)))); };
  EXPECT_THAT(show(), ::testing::SizeIs(1));
  write(kTakeBack);
  EXPECT_THAT(show(), ::testing::IsEmpty());
  write(kShow);
  EXPECT_THAT(show(), ::testing::SizeIs(1));
  write(kRename);
  EXPECT_THAT(*show().at(0), ::testing::HasSubstr("\"renamed\""));
  write(kDelete);
  EXPECT_THAT(show(), ::testing::IsEmpty());
}

TEST_P(CardRace, ACardThatIsHeldIsMadeOnce) {
  const auto first = loop_.run(catalog_.listed_cards({VideoId{1}}, std::nullopt));
  EXPECT_EQ(loop_.run(catalog_.listed_cards({VideoId{1}}, std::nullopt)), first);
}

// More than are followed one by one.
TEST_P(CardRace, AfterManyChangesNoCardIsHeld) {
  EXPECT_THAT(loop_.run(catalog_.listed_cards({VideoId{1}}, std::nullopt)), ::testing::SizeIs(1));
  for (int i = 0; i < 4; ++i) {
    std::vector<Statement> changes;
    for (int n = 0; n < 250; ++n)
      changes.emplace_back(kRename);
    loop_.run(database_->atomically(std::move(changes)));
  }
  loop_.run(database_->atomically(ports::unit(Statement(kTakeBack))));
  EXPECT_THAT(loop_.run(catalog_.listed_cards({VideoId{1}}, std::nullopt)), ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(sqlite, CardRace, ::testing::Values(&make_database_place<SqlitePlace>));
INSTANTIATE_TEST_SUITE_P(postgres, CardRace, ::testing::Values(&make_database_place<PostgresPlace>));

}  // namespace
}  // namespace luot
