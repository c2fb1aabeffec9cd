#include "features/transcoding/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

namespace luot::transcoding {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using videos::Stage;
using videos::Status;

Progress processing(std::optional<Stage> stage, std::int64_t percent = 0, bool playable = false) {
  return {Status::kProcessing, stage, percent, playable, std::nullopt, 0};
}

std::vector<std::string> names(const std::optional<Progress>& before, const std::optional<Progress>& now) {
  std::vector<std::string> names;
  for (const auto& event : events_since(before, now))
    names.emplace_back(std::string(event.name) + (event.last ? "." : ""));
  return names;
}

TEST(Progress, BeginsWithTheStateThatItFinds) {
  EXPECT_THAT(names({}, Progress{Status::kUploading, {}, 0, false, {}, 0}), ElementsAre("uploading"));
  EXPECT_THAT(names({}, processing({})), ElementsAre("queued"));
  EXPECT_THAT(names({}, processing(Stage::kTranscoding, 40, true)), ElementsAre("playable", "transcoding"));
  EXPECT_THAT(names({}, Progress{Status::kReady, {}, 0, true, {}, 0}), ElementsAre("ready."));
}

TEST(Progress, TellsChangesOnly) {
  const auto probing = processing(Stage::kProbing);
  const auto half = processing(Stage::kTranscoding, 50);
  EXPECT_THAT(names(probing, probing), IsEmpty());
  EXPECT_THAT(names(probing, processing(Stage::kProbing, 7)), IsEmpty());  // left over from an earlier attempt
  EXPECT_THAT(names(probing, half), ElementsAre("transcoding"));
  EXPECT_THAT(names(half, processing(Stage::kTranscoding, 51)), ElementsAre("transcoding"));
  EXPECT_THAT(names(half, processing(Stage::kTranscoding, 50, true)), ElementsAre("playable"));
  EXPECT_THAT(names(half, processing({}, 50)), ElementsAre("queued"));  // its worker is gone
  EXPECT_THAT(names(half, Progress{Status::kReady, {}, 0, true, {}, 0}), ElementsAre("ready."));
  EXPECT_THAT(names(half, {}), ElementsAre("deleted."));
}

TEST(Progress, SaysWhatAPersonNeeds) {
  const auto text = [](const Progress& now) { return boost::json::serialize(events_since({}, now).back().data); };
  EXPECT_EQ(text(processing(Stage::kTranscoding, 42)),
            R"({"status":"processing","stage":"transcoding","progress":42,"queue_position":null,"failure":null})");
  EXPECT_EQ(text(processing({}, 42)),
            R"({"status":"processing","stage":"queued","progress":null,"queue_position":0,"failure":null})");
  EXPECT_EQ(
      text({Status::kFailed, {}, 0, false, videos::Failure{"too_long", "Too long."}, 0}),
      R"({"status":"failed","stage":null,"progress":null,"queue_position":null,"failure":{"code":"too_long","detail":"Too long."}})");
}

TEST(Progress, TellsEachPlaceInTheQueue) {
  auto third = processing({});
  third.queue_position = 2;
  EXPECT_THAT(names(third, third), IsEmpty());
  EXPECT_THAT(names(third, processing({})), ElementsAre("queued"));
  auto worked_on = processing(Stage::kProbing);
  worked_on.queue_position = 7;  // of a look that came between two others
  EXPECT_THAT(names(processing(Stage::kProbing), worked_on), IsEmpty());
}

TEST(Seats, AreBoundedAUserAndInAll) {
  Seats seats;
  std::vector<std::shared_ptr<const void>> taken;
  for (int i = 0; i < Seats::kOfOneUser; ++i)
    taken.push_back(seats.take(base::UserId{1}));
  EXPECT_THROW(seats.take(base::UserId{1}), base::Unavailable);
  taken.pop_back();
  taken.push_back(seats.take(base::UserId{1}));
  for (int i = Seats::kOfOneUser; i < Seats::kAll; ++i)
    taken.push_back(seats.take(base::UserId{2 + i / 5}));
  EXPECT_THROW(seats.take(base::UserId{1'000'000}), base::Unavailable);
  taken.clear();
  EXPECT_NO_THROW(seats.take(base::UserId{1'000'000}));
}

}  // namespace
}  // namespace luot::transcoding
