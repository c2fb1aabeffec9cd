#include <boost/json/value.hpp>

#include "features/engagement/engagement.hpp"
#include "http/cookies.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::engagement {
namespace {

namespace json = boost::json;
using base::Result;
using base::Task;
using base::VideoId;
using http::Request;
using http::Response;

constexpr std::string_view kViewerCookie = "luot_viewer";
constexpr std::chrono::hours kViewerLife{24 * 365};
constexpr std::int64_t kLongestWatch = 24LL * 3600 * 1000;  // milliseconds

Response like_response(const LikeOutcome& outcome) {
  return http::json_response(200, {{"liked", outcome.liked}, {"like_count", outcome.like_count}});
}

Task<Result<Response>> view(Engagement& engagement, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto input, http::JsonInput::parse(request));
  ViewReport report;
  report.play_token = input.text("play_token", {.min = 1, .max = 200, .trim = false});
  report.watched_ms = input.integer("watched_ms", 0, kLongestWatch);
  if (auto error = input.error()) co_return *error;
  const auto header = request.header("Luot-Viewer");
  Sender sender{request.viewer_id(), std::string(header.empty() ? http::cookie(request, kViewerCookie) : header),
                request.client_address};
  LUOT_CO_TRY(const auto outcome, co_await engagement.view(id, std::move(sender), std::move(report)));
  json::object answer{{"counted", outcome.counted}, {"view_count", outcome.view_count}};
  if (!outcome.counted) answer["reason"] = outcome.reason;
  if (outcome.retry_after_ms) answer["retry_after_ms"] = *outcome.retry_after_ms;
  co_return http::json_response(200, answer);
}

Task<Result<Response>> make_viewer(Engagement& engagement, Request& request) {
  LUOT_CO_TRY(auto input, http::JsonInput::parse(request));
  if (auto error = input.error()) co_return *error;
  auto token = engagement.viewer_tokens().issue();
  if (!http::wants_cookies(request)) co_return http::json_response(201, {{"viewer_token", token}});
  http::Cookie cookie;
  cookie.name = kViewerCookie;
  cookie.value = std::move(token);
  cookie.max_age = kViewerLife;
  cookie.secure = engagement.options().secure_cookies;
  auto response = http::json_response(201, {{"viewer_token", nullptr}});
  response.with("Set-Cookie", http::set_cookie(cookie));
  co_return response;
}

Task<Result<Response>> like(Engagement& engagement, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(const auto outcome, co_await engagement.like(id, request.signed_in().id));
  co_return like_response(outcome);
}

Task<Result<Response>> unlike(Engagement& engagement, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(const auto outcome, co_await engagement.unlike(id, request.signed_in().id));
  co_return like_response(outcome);
}

}  // namespace

void add_routes(http::Router& router, Engagement& engagement) {
  using http::Access;
  using http::RequestBody;
  router.add({"POST", "/videos/{id}/view", Access::kOptional, RequestBody::kJson, http::on(engagement, view),
              http::RateClass::kView});
  router.add({"POST", "/viewers", Access::kAnyone, RequestBody::kJson, http::on(engagement, make_viewer),
              http::RateClass::kWrite});
  router.add({"POST", "/videos/{id}/like", Access::kSignedIn, RequestBody::kNone, http::on(engagement, like),
              http::RateClass::kLike});
  router.add({"DELETE", "/videos/{id}/like", Access::kSignedIn, RequestBody::kNone, http::on(engagement, unlike),
              http::RateClass::kLike});
}

}  // namespace luot::engagement
