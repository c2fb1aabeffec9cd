#include "features/catalog/catalog.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::catalog {
namespace {

using base::Result;
using base::Task;
using base::VideoId;
using http::Request;
using http::Response;

Task<Result<Response>> show_video(Catalog& catalog, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto card, co_await catalog.card(id, request.viewer_id()));
  co_return http::serialized_response(200, std::move(card));
}

Task<Result<Response>> edit_video(Catalog& catalog, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto input, http::JsonInput::parse(request));
  videos::Edit edit;
  edit.title = input.optional_text("title", {.min = 1, .max = 150});
  edit.description = input.optional_text("description", {.max = 5000});
  edit.visibility = input.choice<videos::Visibility>("visibility", videos::kVisibilities);
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(auto card, co_await catalog.edit(id, request.signed_in().id, std::move(edit)));
  co_return http::serialized_response(200, std::move(card));
}

Task<Result<Response>> delete_video(Catalog& catalog, Request& request) {
  LUOT_CO_TRY(const auto id, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY([[maybe_unused]] const bool done, co_await catalog.remove(id, request.signed_in().id));
  co_return http::no_content();
}

Task<Result<Response>> list_videos_of(Catalog& catalog, Request& request) {
  LUOT_CO_TRY(auto query, http::QueryInput::parse(request));
  auto page_query = http::page_query(query);
  if (auto error = query.error()) co_return *error;
  LUOT_CO_TRY(auto page, co_await catalog.videos_of(std::string(request.param("username")), request.viewer_id(),
                                                    page_query.limit, std::move(page_query.cursor)));
  co_return http::list_response(page.cards, page.next_cursor);
}

}  // namespace

void add_routes(http::Router& router, Catalog& catalog) {
  using http::Access;
  using http::RequestBody;
  router.add({"GET", "/videos/{id}", Access::kOptional, RequestBody::kNone, http::on(catalog, show_video),
              http::RateClass::kRead});
  router.add({"PATCH", "/videos/{id}", Access::kSignedIn, RequestBody::kJson, http::on(catalog, edit_video),
              http::RateClass::kWrite});
  router.add({"DELETE", "/videos/{id}", Access::kSignedIn, RequestBody::kNone, http::on(catalog, delete_video),
              http::RateClass::kWrite});
  router.add({"GET", "/users/{username}/videos", Access::kOptional, RequestBody::kNone,
              http::on(catalog, list_videos_of), http::RateClass::kRead, http::Query::kHandler});
}

}  // namespace luot::catalog
