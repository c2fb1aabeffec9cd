#include <map>

#include "base/encoding.hpp"

#include "features/playback/playback.hpp"
#include "http/file_response.hpp"
#include "http/router.hpp"

namespace luot::playback {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

constexpr std::size_t kTokenLength = 48;

// By the name that we gave it, never by what was uploaded.
std::string_view content_type_of(std::string_view path) {
  static const std::map<std::string_view, std::string_view> kTypes{{".m3u8", "application/vnd.apple.mpegurl"},
                                                                   {".mp4", "video/mp4"},
                                                                   {".jpg", "image/jpeg"},
                                                                   {".vtt", "text/vtt; charset=utf-8"}};
  const auto dot = path.rfind('.');
  const auto found = kTypes.find(dot == std::string_view::npos ? std::string_view() : path.substr(dot));
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

Error media_not_found() {
  return {ErrorKind::kNotFound, "media_not_found", "There is no such file.", {}};
}

Response& with_safety(Response& response) {
  return response.with("Content-Security-Policy", "sandbox").with("Referrer-Policy", "no-referrer");
}

// A revision never changes, and its URL is its permission: caches may keep it as long as any URL lives.
std::string kept_for_good() {
  return "public, max-age=" + std::to_string(kLongestUrlLife.count()) + ", immutable";
}

// What holds signed URLs is made anew with each window; those in it live for one window more.
std::string kept_for_this_window(std::int64_t window, base::Time now) {
  const auto end = (window + 1) * std::chrono::seconds(kWindow).count();
  return "public, max-age=" + std::to_string(end - base::unix_seconds(now));
}

Task<Result<Response>> serve_file(EmbeddedEdge& edge, Request& request, std::string path) {
  auto object = co_await edge.store.open(path);
  if (!object) co_return media_not_found();
  auto response = http::file_response(request, std::move(object->file), object->size,
                                      std::string(content_type_of(path)), std::move(object->etag));
  if (response.status == 416) co_return response;
  with_safety(response).with("Cache-Control", kept_for_good());
  co_return response;
}

// All viewers of a window get the same URL, which the store's own caches share then, too. It lives as long as the
// longest token of that window.
std::optional<std::string> url_at_store(const EmbeddedEdge& edge, ports::ReadMethod method, const std::string& path,
                                        std::int64_t window) {
  return edge.store.sign_read(method, path, base::Time(window * kWindow), kLongestUrlLife);
}

Task<RecentTexts::Text> read_text(EmbeddedEdge& edge, std::string path, std::int64_t window) {
  if (auto kept = edge.texts.find(path, window, std::chrono::steady_clock::now())) co_return kept;
  auto text = co_await edge.store.read(path);
  if (!text) co_return nullptr;
  if (path.ends_with(".m3u8")) {
    const auto folder = path.substr(0, path.rfind('/') + 1);
    *text = with_media_urls(*text, [&edge, &folder, window](std::string_view name) {
      return url_at_store(edge, ports::ReadMethod::kGet, folder + std::string(name), window).value();
    });
  }
  const auto shared = std::make_shared<const std::string>(*std::move(text));
  edge.texts.keep(path, window, shared, std::chrono::steady_clock::now());
  co_return shared;
}

Task<Result<Response>> serve_text(EmbeddedEdge& edge, Request& request, std::string path, base::Time now) {
  const auto window = MediaSigner::window_of(now);
  const auto text = co_await read_text(edge, path, window);
  if (!text) co_return media_not_found();
  auto response = http::bytes_response(request, {text, *text}, std::string(content_type_of(path)),
                                       "\"" + base::hex_encode(base::sha256(*text).substr(0, 16)) + "\"");
  if (response.status == 416) co_return response;
  with_safety(response).with("Cache-Control", kept_for_this_window(window, now));
  co_return response;
}

Response redirect_to(std::string url, std::int64_t window, base::Time now) {
  Response response;
  response.status = 302;
  with_safety(response).with("Location", std::move(url)).with("Cache-Control", kept_for_this_window(window, now));
  return response;
}

Task<Result<Response>> serve_media(EmbeddedEdge& edge, Request& request) {
  const auto token = request.param("token");
  const std::string path(request.param("path"));
  const auto now = edge.clock.now();
  if (!edge.signer.verify(token, path, now)) {
    // A path that does not even look like media is simply not there.
    if (token.size() != kTokenLength && !path.starts_with("videos/")) {
      co_return Error{ErrorKind::kNotFound, "not_found", "There is nothing at this path.", {}};
    }
    co_return Error{ErrorKind::kForbidden, "media_token_invalid", "This media URL is forged or has expired.", {}};
  }
  const auto window = MediaSigner::window_of(now);
  const auto method = request.is_head ? ports::ReadMethod::kHead : ports::ReadMethod::kGet;
  auto url = url_at_store(edge, method, path, window);
  if (!url) co_return co_await serve_file(edge, request, path);
  // Playlists and cues come from here. All else is bytes, which do not pass through this server.
  if (path.ends_with(".m3u8") || path.ends_with(".vtt")) co_return co_await serve_text(edge, request, path, now);
  co_return redirect_to(*std::move(url), window, now);
}

}  // namespace

void add_routes(http::Router& router, EmbeddedEdge& edge) {
  router.add({"GET", "/{token}/{path...}", http::Access::kAnyone, http::RequestBody::kNone, http::on(edge, serve_media),
              http::RateClass::kNone, http::Query::kHandler});
}

}  // namespace luot::playback
