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

std::int64_t key_of(Kind kind, std::int64_t limit) {
  return limit * kKinds + static_cast<std::int64_t>(kind);
}

Task<Result<Response>> show_first_page(Feed& feed, Kind kind, std::int64_t limit) {
  const auto now = FirstPages::Clock::now();
  const auto key = key_of(kind, limit);
  if (auto kept = feed.first_pages().find(key, now)) co_return http::broadcast_response(std::move(kept));
  LUOT_CO_TRY(auto page, co_await feed.page(kind, std::nullopt, limit, std::nullopt));
  auto text = std::make_shared<const base::Broadcast>(http::list_text(page.cards, page.next_cursor));
  feed.first_pages().keep(key, text, now);
  co_return http::broadcast_response(std::move(text));
}

Task<Result<Response>> show_feed(Feed& feed, Request& request) {
  LUOT_CO_TRY(auto query, http::QueryInput::parse(request));
  const auto kind =
      query.choice<Kind>("kind", {{"mixed", Kind::kMixed}, {"new", Kind::kNew}, {"hot", Kind::kHot}}, Kind::kMixed);
  auto page_query = http::page_query(query);
  if (auto error = query.error()) co_return *error;
  if (!request.viewer && !page_query.cursor) co_return co_await show_first_page(feed, kind, page_query.limit);
  LUOT_CO_TRY(auto page, co_await feed.page(kind, request.viewer_id(), page_query.limit, std::move(page_query.cursor)));
  co_return http::list_response(page.cards, page.next_cursor);
}

}  // namespace

void add_routes(http::Router& router, Feed& feed) {
  router.add({"GET", "/feed", http::Access::kOptional, http::RequestBody::kNone, http::on(feed, show_feed),
              http::RateClass::kRead, http::Query::kHandler});
}

}  // namespace luot::feed
