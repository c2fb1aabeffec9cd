#include <boost/json/value.hpp>

#include "features/feed/feed.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::feed {
namespace {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

Response shared_response(FirstPages::Text text) {
  auto response = http::json_response(200, nullptr);
  const std::string_view bytes = *text;
  response.body = std::vector<http::SharedBytes>{{std::move(text), bytes}};
  return response;
}

Task<Result<Response>> show_first_page(Feed& feed, Kind kind, std::int64_t limit) {
  const auto now = FirstPages::Clock::now();
  if (auto kept = feed.first_pages().find(kind, limit, now)) co_return shared_response(std::move(kept));
  LUOT_CO_TRY(auto page, co_await feed.page(kind, std::nullopt, limit, std::nullopt));
  auto response = http::list_response(std::move(page.cards), page.next_cursor);
  auto text = std::make_shared<const std::string>(std::get<std::string>(std::move(response.body)));
  feed.first_pages().keep(kind, limit, text, now);
  co_return shared_response(std::move(text));
}

Task<Result<Response>> show_feed(Feed& feed, Request& request) {
  LUOT_CO_TRY(auto query, http::QueryInput::parse(request));
  const auto kind =
      query.choice<Kind>("kind", {{"mixed", Kind::kMixed}, {"new", Kind::kNew}, {"hot", Kind::kHot}}, Kind::kMixed);
  auto page_query = http::page_query(query);
  if (auto error = query.error()) co_return *error;
  if (!request.viewer && !page_query.cursor) co_return co_await show_first_page(feed, kind, page_query.limit);
  LUOT_CO_TRY(auto page, co_await feed.page(kind, request.viewer_id(), page_query.limit, std::move(page_query.cursor)));
  co_return http::list_response(std::move(page.cards), page.next_cursor);
}

}  // namespace

void add_routes(http::Router& router, Feed& feed) {
  router.add({"GET", "/feed", http::Access::kOptional, http::RequestBody::kNone, http::on(feed, show_feed),
              http::RateClass::kRead, http::Query::kHandler});
}

}  // namespace luot::feed
