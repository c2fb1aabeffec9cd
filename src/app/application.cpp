#include "app/application.hpp"

#include <boost/asio/use_future.hpp>

#include "app/folders.hpp"
#include "app/health_routes.hpp"
#include "base/log.hpp"

namespace luot::app {
namespace {

constexpr std::chrono::seconds kDrainLimit{30};

unsigned loop_count(const Config& config) {
  return config.loops > 0 ? static_cast<unsigned>(config.loops) : std::max(1U, std::thread::hardware_concurrency());
}

http::ServerLimits server_limits(const Config& config) {
  http::ServerLimits limits;
  limits.connections = static_cast<std::size_t>(config.max_connections);
  limits.idle = std::chrono::seconds(config.idle_timeout);
  limits.header = std::chrono::seconds(config.header_timeout);
  limits.body = std::chrono::seconds(config.body_timeout);
  limits.write = std::chrono::seconds(config.write_timeout);
  return limits;
}

bool is_https(const Config& config) {
  return config.public_url.starts_with("https://");
}

// All limits grow by one factor, and go together.
auth::AuthOptions auth_options(const Config& config) {
  auth::AuthOptions options;
  options.secure_cookies = is_https(config);
  if (const auto factor = read_rate_factor(config.rate_limits)) {
    options.login_rate = ports::Rate{20 * *factor, std::chrono::microseconds(30'000'000) / *factor};
  }
  return options;
}

engagement::EngagementOptions engagement_options(const Config& config) {
  constexpr std::int64_t kViewsOfANetwork = 50;
  engagement::EngagementOptions options;
  options.secure_cookies = is_https(config);
  if (const auto factor = read_rate_factor(config.rate_limits)) options.network_limit = kViewsOfANetwork * *factor;
  return options;
}

uploads::UploadLimits upload_limits(const Config& config) {
  return {.max_size = config.max_upload_size,
          .multipart_above = config.multipart_above,
          .per_day = config.max_uploads_per_day,
          .bytes_per_day = config.max_upload_bytes_per_day,
          .longest = config.max_video_seconds};
}

// Where the web page sends and fetches videos, if not here.
std::vector<std::string> media_origins(const Config& config, const Storage& storage) {
  auto origins = storage.client_origins();
  const auto host = config.edge_url.find("://") + 3;
  origins.push_back(config.edge_url.substr(0, config.edge_url.find('/', host)));
  return origins;
}

Keys make_keys(const Config& config) {
  if (!config.secret && is_shared_database(config)) {
    throw std::runtime_error("LUOT_SECRET must be set, the same on every node: what one signs, the others check");
  }
  return {config.secret ? *config.secret : load_or_make_secret(config.data_dir / "secret"), config.previous_secret};
}

}  // namespace

Application::Application(const Config& config)
    : config_(config),
      data_lock_(lock_folder(prepared(config.data_dir))),
      keys_(make_keys(config)),
      loops_(loop_count(config)),
      files_("files", 8, 4096),
      hashers_("password", std::max(1U, std::thread::hardware_concurrency() / 2), 64),
      children_("transcoding", static_cast<unsigned>(std::max(1, config.workers)), 64),
      state_(open_state(config, steady_clock_)),
      rate_limits_(state_->shared(), steady_clock_, read_rate_factor(config.rate_limits).value_or(1)),
      database_owner_(open_database(config)),
      database_(*database_owner_),
      storage_(open_storage(config, keys_, files_, clock_)),
      store_(storage_->store()),
      media_(children_),
      cursors_(keys_.signing("cursor")),
      access_tokens_(keys_.signing("jwt")),
      signer_(keys_.signing("media"), config.edge_url),
      play_tokens_(keys_.signing("play token")),
      viewer_tokens_(keys_.signing("viewer token")),
      reclaimer_(database_, store_),
      users_(database_),
      auth_(database_, state_->shared(), users_, access_tokens_, hashers_, clock_, keys_.key("refresh token"),
            auth_options(config)),
      videos_(database_, store_),
      uploads_(database_, store_, videos_, clock_, upload_limits(config)),
      notifications_{uploads_, storage_event_tokens(keys_)},
      transcoding_(database_, videos_, store_, media_, files_, config.data_dir / "scratch", transcoding_limits(config)),
      progress_(database_, videos_),
      engagement_(database_, play_tokens_, viewer_tokens_, clock_, keys_.key("viewer"), engagement_options(config),
                  state_->buffer()),
      comments_(database_, users_, videos_, cursors_, clock_),
      catalog_(database_, users_, videos_, engagement_, signer_, play_tokens_, cursors_, clock_),
      feed_(database_, catalog_, cursors_),
      edge_{signer_, store_, clock_},
      web_files_(media_origins(config, *storage_)),
      video_pages_{web_files_, catalog_, config.public_url},
      metrics_page_{metrics_, database_, *state_, server_, base::Networks(config.metrics_networks)},
      dispatcher_(
          make_router(), [this](std::string_view token) { return access_tokens_.verify(token, clock_.now()); },
          dispatcher_options()),
      server_(loops_, dispatcher_, files_, server_limits(config)) {
}

Application::~Application() {
  stop();
}

http::Router Application::make_router() {
  http::Router router;
  add_web_routes(router, web_files_, video_pages_);
  add_health_routes(router, database_);
  add_metrics_routes(router, metrics_page_);
  auth::add_routes(router, auth_);
  users::add_routes(router, users_);
  uploads::add_routes(router, uploads_);
  uploads::add_routes(router, notifications_);
  transcoding::add_routes(router, progress_);
  catalog::add_routes(router, catalog_);
  feed::add_routes(router, feed_);
  engagement::add_routes(router, engagement_);
  comments::add_routes(router, comments_);
  storage_->add_routes(router);
  playback::add_routes(router, edge_);
  return router;
}

http::DispatcherOptions Application::dispatcher_options() {
  http::DispatcherOptions options;
  options.cors_origins = config_.cors_origins;
  options.trusted_proxies = base::TrustedProxies(config_.trusted_proxies);
  options.observer = [this](const http::Request& request, int status, std::chrono::nanoseconds took) {
    metrics_.observe(request, status, took);
  };
  if (read_rate_factor(config_.rate_limits)) {
    options.limiter = [this](http::RateClass rate, std::string sender) {
      return rate_limits_.take(rate, std::move(sender));
    };
  }
  return options;
}

void Application::start() {
  database_.migrate();
  storage_->start();
  metrics_.follow(dispatcher_.router());
  loops_.start();
  for (std::size_t i = 0; i < loops_.size(); ++i)
    base::asio::post(loops_[i].context, [this, i] { loops_[i].tasks.spawn("loop lag", metrics_.watch_loop(i)); });
  base::asio::co_spawn(loops_[0].context, engagement_.restore(), base::asio::use_future).get();
  server_.listen(config_.listen);
  base::asio::post(loops_[0].context, [this] {
    for (int i = 0; i < config_.workers; ++i)
      loops_[0].tasks.spawn("worker", transcoding_.run_worker());
    loops_[0].tasks.spawn("uploads sweeper", uploads_.run_sweeper());
    loops_[0].tasks.spawn("views syncer", engagement_.run_syncer());
    loops_[0].tasks.spawn("feed heads", feed_.run_renewer());
    loops_[0].tasks.spawn("auth sweeper", auth_.run_sweeper());
    loops_[0].tasks.spawn("reclaimer", reclaimer_.run());
  });
}

void Application::stop() {
  transcoding_.stop();  // first: requests may take their time, and others want the jobs
  server_.drain(kDrainLimit);
  storage_->stop();
  loops_.stop();
}

}  // namespace luot::app
