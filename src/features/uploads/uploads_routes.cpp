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

json::object to_json(const ports::SignedRequest& request) {
  json::object headers;
  for (const auto& [name, value] : request.headers)
    headers[name] = value;
  return {{"method", request.method},
          {"url", request.url},
          {"headers", std::move(headers)},
          {"expires_at", base::format_rfc3339(request.expires_at)}};
}

json::object to_json(const Ticket& ticket) {
  json::object upload;
  if (const auto& parts = ticket.parts) {
    upload = {{"kind", "multipart"},
              {"part_size", parts->plan.part_size},
              {"part_count", parts->plan.part_count},
              {"expires_at", base::format_rfc3339(parts->expires_at)}};
  } else {
    upload = to_json(ticket.put);
    upload["kind"] = "single";
  }
  return {{"video", videos::to_json(ticket.video)}, {"upload", std::move(upload)}};
}

Task<Result<Response>> show_limits(Uploads& uploads, Request&) {
  co_return http::json_response(200, {{"max_size", uploads.largest_file()}, {"max_seconds", uploads.longest_video()}});
}

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
  co_return http::json_response(201, to_json(ticket));
}

Task<Result<Response>> sign_parts(Uploads& uploads, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto input, JsonInput::parse(request));
  auto numbers = input.integers("parts", kMostPartsAsked, 1, kMostParts);
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto parts, co_await uploads.sign_parts(id, request.signed_in().id, std::move(numbers)));
  json::array signed_parts;
  for (const auto& part : parts) {
    auto item = to_json(part.request);
    item["number"] = part.number;
    signed_parts.push_back(std::move(item));
  }
  co_return http::json_response(200, {{"parts", std::move(signed_parts)}});
}

Task<Result<Response>> show(Uploads& uploads, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(const auto state, co_await uploads.state(id, request.signed_in().id));
  json::array received;
  for (const auto& part : state.received)
    received.push_back(json::object{{"number", part.number}, {"size", part.size}});
  const auto& plan = state.plan;
  co_return http::json_response(200, {{"kind", plan ? "multipart" : "single"},
                                      {"status", to_text(state.status)},
                                      {"part_size", plan ? json::value(plan->part_size) : json::value(nullptr)},
                                      {"part_count", plan ? json::value(plan->part_count) : json::value(nullptr)},
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
  router.add({"GET", "/videos/upload", Access::kAnyone, RequestBody::kNone, http::on(uploads, show_limits),
              http::RateClass::kRead});
  router.add({"POST", "/videos/upload", Access::kSignedIn, RequestBody::kJson, http::on(uploads, begin),
              http::RateClass::kUpload});
  router.add({"GET", "/videos/{id}/upload", Access::kSignedIn, RequestBody::kNone, http::on(uploads, show),
              http::RateClass::kRead});
  router.add({"DELETE", "/videos/{id}/upload", Access::kSignedIn, RequestBody::kNone, http::on(uploads, abort),
              http::RateClass::kWrite});
  router.add({"POST", "/videos/{id}/upload/parts", Access::kSignedIn, RequestBody::kJson, http::on(uploads, sign_parts),
              http::RateClass::kWrite});
  router.add({"POST", "/videos/{id}/upload/complete", Access::kSignedIn, RequestBody::kJson,
              http::on(uploads, complete), http::RateClass::kUpload});
}

}  // namespace luot::uploads
