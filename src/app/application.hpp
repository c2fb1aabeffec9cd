// The wiring of a server. Members are made from top to bottom, each from those above, and go in the opposite order.
#pragma once

#include <memory>

#include "adapters/ffmpeg/ffmpeg_media_tool.hpp"
#include "app/config.hpp"
#include "app/engines.hpp"
#include "app/keys.hpp"
#include "app/metrics_routes.hpp"
#include "app/rate_limits.hpp"
#include "app/web_routes.hpp"
#include "base/blocking_pool.hpp"
#include "base/event_loops.hpp"
#include "features/auth/auth.hpp"
#include "features/catalog/catalog.hpp"
#include "features/comments/comments.hpp"
#include "features/engagement/engagement.hpp"
#include "features/feed/feed.hpp"
#include "features/reclaim/reclaim.hpp"
#include "features/transcoding/transcoding.hpp"
#include "features/uploads/uploads.hpp"
#include "http/server.hpp"
#include "ports/clock.hpp"

namespace luot::app {

class Application {
 public:
  // Throws where a folder or the database cannot be opened, or another server uses the data folder.
  explicit Application(const Config& config);
  ~Application();

  void start();  // migrates, listens, begins to transcode
  // Finishes what is in flight, gives running jobs back.
  void stop();
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] const http::Router& router() const { return dispatcher_.router(); }

 private:
  [[nodiscard]] http::Router make_router();
  [[nodiscard]] http::DispatcherOptions dispatcher_options();

  const Config config_;
  base::File data_lock_;
  const Keys keys_;
  ports::SystemClock clock_;
  ports::SteadyClock steady_clock_;

  base::EventLoops loops_;
  base::BlockingPool files_;
  base::BlockingPool hashers_;
  base::BlockingPool children_;

  const std::unique_ptr<State> state_;
  RateLimits rate_limits_;
  const std::unique_ptr<ports::Database> database_owner_;
  ports::Database& database_;
  const std::unique_ptr<Storage> storage_;
  ports::ObjectStore& store_;
  ffmpeg::FfmpegMediaTool media_;

  const base::CursorSealer cursors_;
  const auth::AccessTokens access_tokens_;
  const playback::MediaSigner signer_;
  const playback::PlayTokens play_tokens_;
  const engagement::ViewerTokens viewer_tokens_;

  reclaim::Reclaimer reclaimer_;
  users::Users users_;
  auth::Auth auth_;
  videos::Videos videos_;
  uploads::Uploads uploads_;
  uploads::Notifications notifications_;
  transcoding::Transcoding transcoding_;
  transcoding::ProgressWatch progress_;
  engagement::Engagement engagement_;
  comments::Comments comments_;
  catalog::Catalog catalog_;
  feed::Feed feed_;

  playback::EmbeddedEdge edge_;
  WebFiles web_files_;
  VideoPages video_pages_;
  Metrics metrics_;
  MetricsPage metrics_page_;
  const http::Dispatcher dispatcher_;
  http::Server server_;
};

}  // namespace luot::app
