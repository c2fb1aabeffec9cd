// Reports of watching that are told to Redis together: each is decided as if it had come alone, in its turn.
#include <gtest/gtest.h>

#include "adapters/redis/redis_engagement_buffer.hpp"
#include "redis_process.hpp"
#include "test_loop.hpp"

namespace luot {
namespace {

using base::Task;
using base::VideoId;
using ports::ViewVerdict;
using ports::WatchReport;
using namespace std::chrono_literals;

constexpr ports::ViewRules kRules{std::chrono::minutes(30), 2};  // two views of a network count

WatchReport report(int video, const std::string& viewer, const std::string& network, bool threshold = true) {
  WatchReport report;
  report.video = VideoId{video};
  report.viewer = viewer;
  report.network = network;
  report.threshold = threshold;
  report.watched_ms = 1000;
  report.issued = 1;
  return report;
}

class RedisReports : public ::testing::Test {
 protected:
  std::vector<ViewVerdict> tell(const std::vector<WatchReport>& reports) {
    std::vector<ViewVerdict> verdicts(reports.size());
    loop_.run(tell_all(reports, verdicts));
    return verdicts;
  }

 private:
  Task<void> tell_all(const std::vector<WatchReport>& reports, std::vector<ViewVerdict>& verdicts) {
    const auto loop = co_await base::asio::this_coro::executor;
    std::size_t answered = 0;
    for (std::size_t i = 0; i < reports.size(); ++i) {
      base::asio::co_spawn(loop, buffer_.report(reports[i], kRules),
                           [&verdicts, &answered, i](const std::exception_ptr& fault, ViewVerdict verdict) {
                             EXPECT_FALSE(fault);
                             verdicts[i] = verdict;
                             ++answered;
                           });
    }
    base::Timer timer(loop);
    while (answered < reports.size()) {
      timer.expires_after(1ms);
      co_await timer.async_wait(base::use_task);
    }
  }

  TestLoop loop_;
  RedisProcess server_{{}, RedisProcess::Tls::kNo};
  redis::RedisClient client_{redis::parse_url(server_.url())};
  redis::RedisEngagementBuffer buffer_{client_};
};

TEST_F(RedisReports, AreEachDecidedInTheirTurn) {
  using enum ViewVerdict;
  const auto verdicts =
      tell({report(1, "an", "a", false), report(1, "an", "a"), report(2, "an", "a"), report(1, "an", "a"),
            report(1, "binh", "a"), report(1, "chi", "a"), report(1, "dung", "b")});
  EXPECT_EQ(verdicts, (std::vector{kThreshold, kCounted, kCounted, kAlready, kCounted, kNetworkLimit, kCounted}));
}

TEST_F(RedisReports, AreTakenInAnyNumber) {
  std::vector<WatchReport> reports;
  std::vector<ViewVerdict> expected;
  for (int i = 0; i < 200; ++i) {
    const bool again = i % 3 == 2;  // the report before, once more
    reports.push_back(again ? reports.back() : report(1 + i, "viewer" + std::to_string(i), std::to_string(i)));
    expected.push_back(again ? ViewVerdict::kAlready : ViewVerdict::kCounted);
  }
  EXPECT_EQ(tell(reports), expected);
}

}  // namespace
}  // namespace luot
