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
constexpr int kMostIncoming = 256;  // uploads at once; each has a file and a buffer

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

class IncomingSlot {
 public:
  explicit IncomingSlot(std::atomic<int>& taken) : taken_(taken) {
    if (taken_.fetch_add(1) < kMostIncoming) return;
    taken_.fetch_sub(1);
    throw base::Unavailable("overloaded", "Too many uploads at once; try again shortly.");
  }
  ~IncomingSlot() { taken_.fetch_sub(1); }
  IncomingSlot(const IncomingSlot&) = delete;
  IncomingSlot& operator=(const IncomingSlot&) = delete;

 private:
  std::atomic<int>& taken_;
};

Task<Result<Response>> put_object(StorageRoutes& routes, Request& request) {
  LUOT_CO_TRY(const UploadGrant grant, read_grant(routes, request));
  if (auto error = check_head(grant, request)) co_return *error;
  const IncomingSlot slot(routes.incoming);
  auto& files = routes.store.files();
  auto incoming = co_await files.run([&] { return routes.store.begin(grant); });
  if (!incoming) co_return upload_closed();
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
    if (filled == 0) break;
    received += filled;
    co_await files.run([&] { incoming->write(std::span(buffer.get(), filled)); });
  }
  if (received != grant.size) throw http::ClientGone(http::ClientGone::Cause::kLeft, "the body ended early");
  const auto etag = co_await files.run([&] { return incoming->commit() ? incoming->etag() : ""; });
  if (etag.empty()) co_return upload_closed();
  Response response;
  response.with("ETag", etag);
  co_return response;
}

}  // namespace

void add_routes(http::Router& router, StorageRoutes& routes) {
  using http::Access;
  using http::RequestBody;
  router.add({"PUT", "/storage/{key...}", Access::kAnyone, RequestBody::kStream, http::on(routes, put_object),
              http::RateClass::kNone, http::Query::kHandler});
}

}  // namespace luot::localdir
