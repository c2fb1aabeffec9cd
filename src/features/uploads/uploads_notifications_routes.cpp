#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "features/uploads/uploads.hpp"
#include "features/uploads/uploads_notifications.hpp"
#include "http/error_response.hpp"
#include "http/input.hpp"
#include "http/router.hpp"

namespace luot::uploads {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

std::optional<std::string_view> after_word(std::string_view header, std::string_view word) {
  if (base::to_lower_ascii(header.substr(0, word.size())) != word) return std::nullopt;
  return header.substr(word.size());
}

// MinIO sends a Bearer token, SNS and EventBridge a password; Ceph can send neither without TLS, so its URL has the
// token in its query.
std::string presented_token(const Request& request, const std::optional<std::string>& query) {
  const auto header = request.header("Authorization");
  if (const auto token = after_word(header, "bearer ")) return std::string(*token);
  if (const auto basic = after_word(header, "basic ")) {
    const auto pair = base::base64_decode(*basic).value_or("");
    const auto colon = pair.find(':');
    return colon == std::string::npos ? "" : pair.substr(colon + 1);
  }
  return query.value_or("");
}

bool is_known(const std::vector<std::string>& tokens, std::string_view token) {
  return std::ranges::any_of(tokens, [&](const auto& known) { return base::equal_in_constant_time(known, token); });
}

// SNS sends its password only after it was asked for it, and for nothing else.
Response refusal(const Request& request) {
  auto response =
      http::problem(401, "invalid_token", "This is not the token of the store's notifications.", request.id);
  std::erase_if(response.headers, [](const auto& header) { return header.first == "WWW-Authenticate"; });
  response.with("WWW-Authenticate", "Basic realm=\"storage events\"");
  return response;
}

Error body_too_large() {
  return {ErrorKind::kTooLarge,
          "body_too_large",
          "A notification may have at most " + std::to_string(kLargestNotification) + " bytes.",
          {}};
}

// Of any content type: SNS says text/plain.
Task<Result<std::string>> read_body(Request& request) {
  if (request.body->content_length().value_or(0) > kLargestNotification) co_return body_too_large();
  std::string body;
  std::string piece(16UL * 1024, '\0');
  while (true) {
    const auto count = co_await request.body->read_some(boost::asio::buffer(piece));
    if (count == 0) co_return body;
    if (body.size() + count > kLargestNotification) co_return body_too_large();
    body.append(piece, 0, count);
  }
}

Task<Result<Response>> receive(Notifications& notifications, Request& request) {
  LUOT_CO_TRY(auto query, http::QueryInput::parse(request));
  const auto query_token = query.text("token");
  if (auto error = query.error()) co_return *error;
  if (!is_known(notifications.tokens, presented_token(request, query_token))) co_return refusal(request);
  LUOT_CO_TRY(const auto body, co_await read_body(request));
  LUOT_CO_TRY(const auto notification, read_notification(body));
  if (!notification.confirm_url.empty()) {
    base::log::warning("SNS waits for a subscription to be confirmed: open its URL if you want it",
                       {{"url", notification.confirm_url}});
  }
  co_await notifications.uploads.look_at_keys(notification.created);
  co_return http::json_response(200, {{"created", notification.created.size()}});
}

}  // namespace

void add_routes(http::Router& router, Notifications& notifications) {
  router.add({"POST", "/storage/events", http::Access::kAnyone, http::RequestBody::kStream,
              http::on(notifications, receive), http::RateClass::kNone, http::Query::kHandler});
}

}  // namespace luot::uploads
