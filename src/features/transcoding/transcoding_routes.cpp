#include <boost/json/serialize.hpp>

#include "features/transcoding/transcoding.hpp"
#include "http/router.hpp"

namespace luot::transcoding {
namespace {

using base::Result;
using base::Task;
using base::VideoId;
using http::Request;
using http::Response;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{500};
constexpr std::chrono::seconds kHeartbeat{15};  // proxies end what is silent for long
constexpr std::chrono::hours kLongest{1};       // then the client comes back, and its token is looked at again
constexpr std::string_view kRetry = "retry: 2000\n\n";
constexpr std::string_view kSilence = ": still here\n\n";

// What a look found, as text/event-stream.
struct Told {
  std::string text;
  bool last = false;
};

Told tell(const std::vector<ProgressEvent>& events) {
  Told told;
  for (const auto& event : events) {
    told.text.append("event: ").append(event.name);
    told.text.append("\ndata: ").append(boost::json::serialize(event.data)).append("\n\n");
    told.last = told.last || event.last;
  }
  return told;
}

class Follower {
 public:
  Follower(ProgressWatch& watch, VideoId video, std::shared_ptr<const void> seat)
      : watch_(watch), video_(video), seat_(std::move(seat)) {}

  Task<Told> look() {
    try {
      auto now = co_await watch_.look(video_);
      auto told = tell(events_since(before_, now));
      before_ = std::move(now);
      co_return told;
    } catch (const base::Unavailable&) {  // for a moment, perhaps: it costs nobody the stream
      co_return Told{};
    }
  }

 private:
  ProgressWatch& watch_;
  VideoId video_;
  std::shared_ptr<const void> seat_;
  std::optional<Progress> before_;
};

Task<void> write_events(ProgressWatch& watch, VideoId video, std::shared_ptr<const void> seat,
                        http::BodyWriter& writer) {
  Follower follower(watch, video, std::move(seat));
  std::string greeting(kRetry);
  co_await writer.write(std::move(greeting));
  const auto started = Clock::now();
  auto spoke = started;
  bool goes_on = true;
  while (goes_on && Clock::now() - started < kLongest) {
    auto told = co_await follower.look();
    if (told.text.empty() && Clock::now() - spoke >= kHeartbeat) told.text = kSilence;
    if (!told.text.empty()) {
      spoke = Clock::now();
      co_await writer.write(std::move(told.text));
    }
    if (told.last) co_return;
    goes_on = co_await writer.pause(kLook);
  }
}

Task<Result<Response>> show_events(ProgressWatch& watch, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto seat, co_await watch.follow(id, request.signed_in().id));
  Response response;
  response.content_type = "text/event-stream";
  response.with("Cache-Control", "no-store").with("X-Accel-Buffering", "no");
  response.body = [&watch, id, seat](http::BodyWriter& writer) { return write_events(watch, id, seat, writer); };
  co_return response;
}

}  // namespace

void add_routes(http::Router& router, ProgressWatch& watch) {
  router.add({"GET", "/videos/{id}/events", http::Access::kSignedIn, http::RequestBody::kNone,
              http::on(watch, show_events), http::RateClass::kRead});
}

}  // namespace luot::transcoding
