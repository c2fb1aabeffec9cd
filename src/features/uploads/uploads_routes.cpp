#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "features/uploads/uploads.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::uploads {
namespace {

namespace json = boost::json;
using base::Result;
using base::Task;
using base::VideoId;
using http::JsonInput;
using http::Request;
using http::Response;
using videos::Visibility;

constexpr std::int64_t kLargestNumber = 1LL << 53;  // what JSON's readers agree on

Task<Result<Response>> begin(Uploads& uploads, Request& request) {
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  NewUpload upload;
  upload.title = input.text("title", {.min = 1, .max = 150});
  upload.description = input.optional_text("description", {.max = 5000}).value_or("");
  upload.filename = input.text("filename", {.min = 1, .max = 255});
  upload.content_type = input.text("content_type", {.min = 1, .max = 100});
  upload.size = input.integer("size", 1, kLargestNumber);
  upload.visibility =
      input.choice<videos::Visibility>("visibility", videos::kVisibilities).value_or(Visibility::kPublic);
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto ticket, co_await uploads.begin(request.signed_in(), std::move(upload)));
  json::object headers;
  for (const auto& [name, value] : ticket.request.headers)
    headers[name] = value;
  co_return http::json_response(201, {{"video", videos::to_json(ticket.video)},
                                      {"upload",
                                       {{"kind", "single"},
                                        {"method", ticket.request.method},
                                        {"url", ticket.request.url},
                                        {"headers", std::move(headers)},
                                        {"expires_at", base::format_rfc3339(ticket.request.expires_at)}}}});
}

Task<Result<Response>> show(Uploads& uploads, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(const auto state, co_await uploads.state(id, request.signed_in().id));
  json::array received;
  if (state.received) received.push_back(json::object{{"number", 1}, {"size", *state.received}});
  co_return http::json_response(200, {{"kind", "single"},
                                      {"status", to_text(state.status)},
                                      {"part_size", nullptr},
                                      {"part_count", nullptr},
                                      {"received", std::move(received)}});
}

Task<Result<Response>> complete(Uploads& uploads, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto video, co_await uploads.complete(id, request.signed_in().id));
  co_return http::json_response(202, {{"video", videos::to_json(video)}});
}

Task<Result<Response>> abort(Uploads& uploads, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY([[maybe_unused]] const bool done, co_await uploads.abort(id, request.signed_in().id));
  co_return http::no_content();
}

}  // namespace

void add_routes(http::Router& router, Uploads& uploads) {
  using http::Access;
  using http::RequestBody;
  router.add({"POST", "/videos/upload", Access::kSignedIn, RequestBody::kJson, http::on(uploads, begin),
              http::RateClass::kUpload});
  router.add({"GET", "/videos/{id}/upload", Access::kSignedIn, RequestBody::kNone, http::on(uploads, show),
              http::RateClass::kRead});
  router.add({"DELETE", "/videos/{id}/upload", Access::kSignedIn, RequestBody::kNone, http::on(uploads, abort),
              http::RateClass::kWrite});
  router.add({"POST", "/videos/{id}/upload/complete", Access::kSignedIn, RequestBody::kJson,
              http::on(uploads, complete), http::RateClass::kUpload});
}

}  // namespace luot::uploads
