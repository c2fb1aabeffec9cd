#include "features/feed/feed.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::feed {
namespace {

using base::Result;
using base::Task;
using http::Request;
using http::Response;

Task<Result<Response>> show_feed(Feed& feed, Request& request) {
  LUOT_CO_TRY(auto query, http::QueryInput::parse(request));
  const auto kind = query.choice<Kind>("kind", {{"new", Kind::kNew}}, Kind::kNew);
  auto page_query = http::page_query(query);
  if (auto error = query.error()) co_return *error;
  LUOT_CO_TRY(auto page, co_await feed.page(kind, request.viewer_id(), page_query.limit, std::move(page_query.cursor)));
  co_return http::list_response(std::move(page.cards), page.next_cursor);
}

}  // namespace

void add_routes(http::Router& router, Feed& feed) {
  router.add({"GET", "/feed", http::Access::kOptional, http::RequestBody::kNone, http::on(feed, show_feed),
              http::RateClass::kRead, http::Query::kHandler});
}

}  // namespace luot::feed
