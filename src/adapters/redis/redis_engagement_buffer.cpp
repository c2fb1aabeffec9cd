#include "adapters/redis/redis_engagement_buffer.hpp"

#include <charconv>
#include <map>

namespace luot::redis {
namespace {

using base::Task;
using base::UserId;
using base::VideoId;
using std::chrono::milliseconds;

constexpr milliseconds kRemembered{60'000};  // an operation, beyond its sync
constexpr milliseconds kOverlayPatience{100};
constexpr milliseconds kViewBatchPause{1000};  // the longer, the fewer times a video's row is written
constexpr int kLargestLikeBatch = 2000;
constexpr std::string_view kPending = "views:pending";
constexpr std::string_view kBatches = "views:batches";
constexpr std::string_view kLog = "likes:log";
constexpr std::size_t kIdLength = 11;

std::string ops_key(VideoId video) {
  return "video:" + video.str() + ":ops";
}

std::string likers_key(VideoId video) {
  return "video:" + video.str() + ":likes";
}

std::int64_t to_number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "VIDEO n", "VIDEO ms" or "VIDEO uUSER" and a number. What is none of these is left out: somebody else wrote it.
void add_field(std::map<VideoId, ports::ViewSums>& sums, std::vector<ports::ViewBatch::Seen>& seen,
               const std::string& field, std::int64_t number) {
  const auto video = VideoId::parse(std::string_view(field).substr(0, kIdLength));
  if (!video || field.size() < kIdLength + 2) return;
  const auto what = std::string_view(field).substr(kIdLength + 1);
  auto& sum = sums.try_emplace(*video, ports::ViewSums{.video = *video}).first->second;
  if (what == "ms") {
    sum.watched_ms += number;
  } else if (what.front() == 'u') {
    if (const auto user = UserId::parse(what.substr(1))) seen.push_back({*user, *video});
  } else {
    const auto added = to_number(what);
    if ((added & 1) != 0) sum.starts += number;
    if ((added & 2) != 0) sum.views += number;
    if ((added & 4) != 0) sum.completions += number;
  }
}

// "VIDEO USER liked"
std::optional<ports::LikeChange> read_operation(std::string_view text) {
  if (text.size() != 2 * kIdLength + 3) return std::nullopt;
  const auto video = VideoId::parse(text.substr(0, kIdLength));
  const auto user = UserId::parse(text.substr(kIdLength + 1, kIdLength));
  if (!video || !user) return std::nullopt;
  return ports::LikeChange{*user, *video, text.back() == '1'};
}

}  // namespace

Task<std::vector<ports::ViewVerdict>> Reporting::answer(
    std::vector<std::pair<ports::WatchReport, ports::ViewRules>> reports) {
  Call call(view_);
  call.key(std::string(kPending));
  for (const auto& [report, rules] : reports) {
    const auto video = report.video.str();
    call.key("watch:" + video + ":" + report.viewer).key("network:" + video + ":" + report.network);
    call.add(video).add(report.user ? report.user->str() : "");
    call.add(report.threshold ? 1 : 0).add(report.end ? 1 : 0).add(report.watched_ms).add(report.issued);
    call.add(rules.window.count()).add(rules.network_limit ? std::to_string(*rules.network_limit) : "");
  }
  const auto reply = co_await client_.run(std::move(call));
  std::vector<ports::ViewVerdict> verdicts;
  for (const auto& item : reply.items)
    verdicts.push_back(static_cast<ports::ViewVerdict>(item.integer));
  co_return verdicts;
}

RedisEngagementBuffer::RedisEngagementBuffer(RedisClient& client)
    : client_(client),
      reporting_(client),
      views_due_(client.script("views_due")),
      views_forget_(client.script("views_forget")),
      like_(client.script("like")),
      likers_(client.script("likers")),
      likes_due_(client.script("likes_due")),
      likes_of_(client.script("likes_of")) {
}

Task<std::int64_t> RedisEngagementBuffer::settling_ms() {
  const auto persistence = co_await client_.persistence();
  co_return settling_time(persistence).count();
}

Task<ports::ViewVerdict> RedisEngagementBuffer::report(ports::WatchReport report, ports::ViewRules rules) {
  return reporting_.report(std::move(report), rules);
}

Task<std::optional<ports::ViewBatch>> RedisEngagementBuffer::due_views() {
  const auto settling = co_await settling_ms();
  Call call(views_due_);
  call.key(std::string(kPending)).key(std::string(kBatches)).key("views:closed");
  call.add(base::random_name()).add(settling).add(kViewBatchPause.count());
  const auto reply = co_await client_.run(std::move(call));
  if (reply.is_nil()) co_return std::nullopt;
  ports::ViewBatch batch;
  batch.id = reply[0].text;
  std::map<VideoId, ports::ViewSums> sums;
  const auto& fields = reply[1].items;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    add_field(sums, batch.seen, fields[i].text, to_number(fields[i + 1].text));
  for (const auto& [video, sum] : sums)
    batch.sums.push_back(sum);
  co_return batch;
}

Task<void> RedisEngagementBuffer::forget_views(std::string batch) {
  Call call(views_forget_);
  call.key(std::string(kBatches)).add(batch);
  co_await client_.run(std::move(call));
}

Task<std::optional<ports::LikeAnswer>> RedisEngagementBuffer::set_like(UserId user, VideoId video, bool liked,
                                                                       std::optional<ports::LikeRow> row) {
  Call call(like_);
  call.key(ops_key(video)).key(likers_key(video)).key(std::string(kLog));
  call.add(video.str()).add(user.str()).add(liked ? 1 : 0);
  call.add(row ? (row->liked ? "1" : "0") : "").add(row ? std::to_string(row->like_count) : "");
  call.add(kMostLikers);
  const auto reply = co_await client_.run(std::move(call));
  if (reply.is_nil()) co_return std::nullopt;
  co_return ports::LikeAnswer{reply[0].integer, reply[1].integer == 1};
}

Task<void> RedisEngagementBuffer::keep_likers(VideoId video, std::vector<UserId> likers) {
  Call call(likers_);
  call.key(ops_key(video)).key(likers_key(video));
  for (const auto liker : likers)
    call.add(liker.str());
  co_await client_.run(std::move(call));
}

Task<ports::LikeBatch> RedisEngagementBuffer::due_likes(ports::LikeOffset offset) {
  const auto settling = co_await settling_ms();
  Call call(likes_due_);
  call.key(std::string(kLog)).key("likes:epoch").key("likes:marks");
  call.add(offset.epoch).add(offset.last).add(base::random_name());
  call.add(settling).add(kRemembered.count()).add(kLargestLikeBatch);
  const auto reply = co_await client_.run(std::move(call));
  ports::LikeBatch batch;
  batch.upto = {reply[0].text, offset.last};
  if (batch.upto.epoch != offset.epoch) batch.upto.last = "0-0";
  batch.more = reply[2].integer == 1;
  std::map<std::pair<VideoId, UserId>, bool> ends;
  for (const auto& entry : reply[1].items) {
    batch.upto.last = entry[0].text;
    if (const auto change = read_operation(entry[1][1].text)) ends[{change->video, change->user}] = change->liked;
  }
  for (const auto& [who, liked] : ends)
    batch.changes.push_back({who.second, who.first, liked});
  co_return batch;
}

Task<std::vector<ports::LikeState>> RedisEngagementBuffer::likes_of(UserId user, std::vector<VideoId> videos) {
  Call call(likes_of_);
  for (const auto video : videos)
    call.key(ops_key(video));
  call.add(user.str());
  const auto reply = co_await client_.run(std::move(call), kOverlayPatience);
  std::vector<ports::LikeState> states;
  for (const auto& known : reply.items) {
    ports::LikeState state;
    if (!known[0].is_nil()) state.liked = known[0].text.starts_with('1');
    if (!known[1].is_nil()) state.like_count = to_number(known[1].text);
    states.push_back(state);
  }
  co_return states;
}

}  // namespace luot::redis
