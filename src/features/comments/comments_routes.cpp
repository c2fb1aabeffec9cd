#include "features/comments/comments.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::comments {
namespace {

using base::CommentId;
using base::Result;
using base::Task;
using base::VideoId;
using http::Request;
using http::Response;

// Written as text: a page of them as objects cost as much as its reading from the database.
std::string to_json(const Comment& comment) {
  std::string json;
  json.reserve(192 + comment.content.size());
  json.append(R"({"id":")").append(comment.id.str());
  json.append(R"(","video_id":")").append(comment.video.str());
  json.append(R"(","author":{"id":")").append(comment.author.id.str());
  json.append(R"(","username":")").append(comment.author.username);  // needs no escapes
  json.append(R"("},"content":)");
  http::append_json_string(json, comment.content);
  json.append(R"(,"created_at":")").append(base::format_rfc3339(comment.created_at)).append("\"}");
  return json;
}

Task<Result<Response>> list(Comments& comments, Request& request) {
  LUOT_CO_TRY(const auto video, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto query, http::QueryInput::parse(request));
  auto page_query = http::page_query(query);
  if (auto error = query.error()) co_return *error;
  LUOT_CO_TRY(const auto page,
              co_await comments.list(video, request.viewer_id(), page_query.limit, std::move(page_query.cursor)));
  std::vector<std::string> items;
  items.reserve(page.items.size());
  for (const auto& comment : page.items)
    items.push_back(to_json(comment));
  co_return http::list_response(items, page.next_cursor);
}

Task<Result<Response>> post(Comments& comments, Request& request) {
  LUOT_CO_TRY(const auto video, http::path_id<VideoId>(request, "id", videos::video_not_found()));
  LUOT_CO_TRY(auto input, http::JsonInput::parse(request));
  auto content = input.text("content", {.min = 1, .max = 1000});
  if (auto error = input.error()) co_return *error;
  LUOT_CO_TRY(const auto comment, co_await comments.post(video, request.signed_in(), std::move(content)));
  co_return http::serialized_response(201, to_json(comment));
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
