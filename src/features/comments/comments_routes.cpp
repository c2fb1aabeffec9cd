#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "features/comments/comments.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::comments {
namespace {

namespace json = boost::json;
using base::CommentId;
using base::Result;
using base::Task;
using base::VideoId;
using http::Request;
using http::Response;

json::object to_json(const Comment& comment) {
  return {{"id", comment.id.str()},
          {"video_id", comment.video.str()},
          {"author", users::to_json(comment.author)},
          {"content", comment.content},
          {"created_at", base::format_rfc3339(comment.created_at)}};
}

Task<Result<Response>> list(Comments& comments, Request& request) {
  LUOT_CO_TRY(const auto video, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto query, http::QueryInput::parse(request));
  auto page_query = http::page_query(query);
  if (auto error = query.error()) co_return *error;
  LUOT_CO_TRY(const auto page,
              co_await comments.list(video, request.viewer_id(), page_query.limit, std::move(page_query.cursor)));
  json::array items;
  for (const auto& comment : page.items)
    items.push_back(to_json(comment));
  co_return http::list_response(std::move(items), page.next_cursor);
}

Task<Result<Response>> post(Comments& comments, Request& request) {
  LUOT_CO_TRY(const auto video, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto input, http::JsonInput::parse(request));
  auto content = input.text("content", {.min = 1, .max = 1000});
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto comment, co_await comments.post(video, request.signed_in(), std::move(content)));
  co_return http::json_response(201, to_json(comment));
}

Task<Result<Response>> remove(Comments& comments, Request& request) {
  LUOT_CO_TRY(const auto video, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(const auto comment, http::path_id<CommentId>(request, "comment_id", comment_not_found()));
  LUOT_CO_TRY([[maybe_unused]] const bool done, co_await comments.remove(video, comment, request.signed_in().id));
  co_return http::no_content();
}

}  // namespace

void add_routes(http::Router& router, Comments& comments) {
  using http::Access;
  using http::RequestBody;
  router.add({"GET", "/videos/{id}/comments", Access::kOptional, RequestBody::kNone, http::on(comments, list),
              http::RateClass::kRead, http::Query::kHandler});
  router.add({"POST", "/videos/{id}/comments", Access::kSignedIn, RequestBody::kJson, http::on(comments, post),
              http::RateClass::kComment});
  router.add({"DELETE", "/videos/{id}/comments/{comment_id}", Access::kSignedIn, RequestBody::kNone,
              http::on(comments, remove), http::RateClass::kWrite});
}

}  // namespace luot::comments
