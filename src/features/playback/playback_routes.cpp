#include <map>

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
  auto object = co_await edge.store.open(path);
  if (!object) co_return Error{ErrorKind::kNotFound, "media_not_found", "There is no such file.", {}};
  auto response = http::file_response(request, std::move(object->file), object->size,
                                      std::string(content_type_of(path)), std::move(object->etag));
  if (response.status == 416) co_return response;
  // A revision never changes, and its URL is its permission: caches may keep it as long as any URL lives.
  response.with("Cache-Control", "public, max-age=" + std::to_string(kLongestUrlLife.count()) + ", immutable")
      .with("Content-Security-Policy", "sandbox")
      .with("Referrer-Policy", "no-referrer");
  co_return response;
}

}  // namespace

void add_routes(http::Router& router, EmbeddedEdge& edge) {
  router.add({"GET", "/{token}/{path...}", http::Access::kAnyone, http::RequestBody::kNone, http::on(edge, serve_media),
              http::RateClass::kNone, http::Query::kHandler});
}

}  // namespace luot::playback
