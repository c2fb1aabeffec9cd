#include "adapters/localdir/localdir_routes.hpp"

#include <charconv>

#include "http/target.hpp"

namespace luot::localdir {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

constexpr std::size_t kChunk = 256 * 1024;
// A PUT that began in time may end so long after its URL has expired. Uploads removes what URLs let a client write an
// hour after that: nothing may come into being later, since nobody would ever look there again.
constexpr std::chrono::minutes kAfterExpiry{30};

Error invalid_url() {
  return {
      ErrorKind::kForbidden, "upload_url_invalid", "This upload URL is forged or has expired; ask for a new one.", {}};
}

Error upload_closed() {
  return {ErrorKind::kConflict, "upload_closed", "This upload is over: a part changes nothing any more.", {}};
}

std::optional<std::int64_t> parse_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || stopped != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// What the URL grants, once its signature is known to be ours.
Result<UploadGrant> read_grant(const StorageRoutes& routes, const Request& request) {
  const auto pairs = http::parse_query(request.query);
  if (!pairs) return invalid_url();
  std::map<std::string, std::string> query(pairs->begin(), pairs->end());
  const auto expires = parse_number(query["expires"]);
  const auto size = parse_number(query["size"]);
  UploadGrant grant{std::string(request.param("key")), query["type"], 0, {}, {}};
  if (query.contains("upload") || query.contains("part")) {
    const auto number = parse_number(query["part"]);
    if (!number || !is_valid_key(query["upload"])) return invalid_url();
    grant.part = PartGrant{query["upload"], *number};
  }
  if (!expires || !size || *expires > 1LL << 40 || !is_valid_key(grant.key)) return invalid_url();
  grant.size = static_cast<std::uint64_t>(*size);
  grant.expires_at = base::Time(std::chrono::seconds(*expires));
  if (!routes.store.verify(grant, query["signature"]) || routes.clock.now() >= grant.expires_at) return invalid_url();
  return grant;
}

std::optional<Error> check_head(const UploadGrant& grant, const Request& request) {
  const auto length = request.body->content_length();
  if (!length || (*length == 0 && grant.size > 0 && request.header("Content-Length").empty())) {
    return Error{ErrorKind::kLengthRequired, "length_required", "Send the file's length as Content-Length.", {}};
  }
  if (*length > grant.size) {
    return Error{ErrorKind::kTooLarge,
                 "body_too_large",
                 "The URL was signed for " + std::to_string(grant.size) + " bytes, no more.",
                 {}};
  }
  if (*length < grant.size) {
    return Error{ErrorKind::kMalformed,
                 "size_mismatch",
                 "The URL was signed for exactly " + std::to_string(grant.size) + " bytes.",
                 {}};
  }
  if (request.header("Content-Type") != grant.content_type) {
    return Error{ErrorKind::kUnsupportedType,
                 "unsupported_media_type",
                 "The URL was signed for Content-Type: " + grant.content_type + ".",
                 {}};
  }
  return std::nullopt;
}

// Closing and removing a file can take its time, also where the client has left and nobody waits.
struct OnPool {
  base::BlockingPool* pool;
  explicit OnPool(base::BlockingPool& files) : pool(&files) {}
  void operator()(IncomingObject* object) const {
    pool->later([owned = std::unique_ptr<IncomingObject>(object)] {});
  }
};
using Incoming = std::unique_ptr<IncomingObject, OnPool>;

Task<Result<Response>> receive(StorageRoutes& routes, Request& request, UploadGrant grant, IncomingObject& incoming) {
  auto& files = routes.store.files();
  // One buffer of fixed size, which takes memory as bytes come, not before.
  const std::size_t capacity = std::min<std::uint64_t>(kChunk, std::max<std::uint64_t>(grant.size, 1));
  const auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  std::uint64_t received = 0;
  while (true) {
    std::size_t filled = 0;
    while (filled < capacity) {
      const auto count =
          co_await request.body->read_some(boost::asio::buffer(buffer.get() + filled, capacity - filled));
      if (count == 0) break;
      filled += count;
    }
    if (routes.clock.now() >= grant.expires_at + kAfterExpiry) co_return invalid_url();
    if (filled == 0) break;
    received += filled;
    co_await files.run([&] { incoming.write(std::span(buffer.get(), filled)); });
  }
  if (received != grant.size) throw http::ClientGone(http::ClientGone::Cause::kLeft, "the body ended early");
  const auto etag = co_await files.run([&] { return incoming.commit() ? incoming.etag() : ""; });
  if (etag.empty()) co_return upload_closed();
  Response response;
  response.with("ETag", etag);
  co_return response;
}

Task<Result<Response>> put_object(StorageRoutes& routes, Request& request) {
  LUOT_CO_TRY(const UploadGrant grant, read_grant(routes, request));
  if (auto error = check_head(grant, request)) co_return *error;
  const auto slot = routes.incoming.take(grant);
  auto& files = routes.store.files();
  const auto incoming =
      co_await files.run([&] { return Incoming(routes.store.begin(grant).release(), OnPool(files)); });
  if (!incoming) co_return upload_closed();
  std::optional<Result<Response>> answer;
  std::exception_ptr fault;
  try {
    answer = co_await receive(routes, request, grant, *incoming);
  } catch (...) {
    fault = std::current_exception();
  }
  // Whoever is told that it failed may count on it that nothing is left.
  if (!answer || !*answer) co_await files.run([&] { incoming->discard(); });
  if (fault) std::rethrow_exception(fault);
  co_return *std::move(answer);
}

}  // namespace

void add_routes(http::Router& router, StorageRoutes& routes) {
  using http::Access;
  using http::RequestBody;
  router.add({"PUT", "/storage/{key...}", Access::kAnyone, RequestBody::kStream, http::on(routes, put_object),
              http::RateClass::kNone, http::Query::kHandler});
}

}  // namespace luot::localdir
