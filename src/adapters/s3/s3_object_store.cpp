#include "adapters/s3/s3_object_store.hpp"

#include <charconv>

#include "adapters/s3/s3_xml.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::s3 {
namespace {

using base::Task;

constexpr std::size_t kMostRemoved = 1000;  // S3's limit of one request

std::string with_slash(std::string prefix) {
  if (!prefix.ends_with('/')) prefix.push_back('/');
  return prefix;
}

}  // namespace

S3ObjectStore::S3ObjectStore(Location location, Credentials credentials, const ports::Clock& clock, S3Tuning tuning)
    : client_(std::move(location), std::move(credentials), clock, tuning.first_pause), tuning_(tuning) {
}

Answer S3ObjectStore::sent(const Call& call) {
  auto answer = client_.send(call);
  if (!answer.is_good()) client_.refuse(call, answer);
  return answer;
}

// Size and type are signed, so that the store refuses what was not announced.
ports::SignedRequest S3ObjectStore::presigned_put(const std::string& key, Pairs query, const std::string& content_type,
                                                  std::uint64_t size, base::Time expires_at) const {
  const auto now = client_.clock().now();
  const auto life =
      std::min<std::chrono::seconds>(std::chrono::floor<std::chrono::seconds>(expires_at - now), kLongestPresigned);
  ports::SignedRequest request;
  request.method = "PUT";
  request.url =
      client_.presigned_url("PUT", key, std::move(query),
                            {{"content-length", std::to_string(size)}, {"content-type", content_type}}, now, life);
  request.headers = {{"Content-Type", content_type}};
  request.expires_at = now + life;
  return request;
}

ports::SignedRequest S3ObjectStore::sign_put(const std::string& key, const std::string& content_type,
                                             std::uint64_t size, base::Time expires_at) const {
  return presigned_put(key, {}, content_type, size, expires_at);
}

std::optional<std::string> S3ObjectStore::sign_read(ports::ReadMethod method, const std::string& key,
                                                    base::Time signed_at, std::chrono::seconds life) const {
  return client_.presigned_url(method == ports::ReadMethod::kHead ? "HEAD" : "GET", key, {}, {}, signed_at, life);
}

std::optional<S3ObjectStore::Found> S3ObjectStore::find(const std::string& key) {
  Call call;
  call.permission = "s3:GetObject and s3:ListBucket";  // without the latter, what is absent answers 403
  call.method = "HEAD";
  call.key = key;
  const auto answer = client_.send(call);
  if (answer.is_missing()) return std::nullopt;
  if (!answer.is_good()) client_.refuse(call, answer);
  Found found;
  const auto length = answer.http.header("content-length");
  const auto [stopped, failure] = std::from_chars(length.data(), length.data() + length.size(), found.size);
  if (failure != std::errc() || stopped != length.data() + length.size()) {
    throw base::Unavailable("unavailable", "The storage does not tell an object's size.");
  }
  found.etag = answer.http.header("etag");
  for (const auto* name : {"content-type", "cache-control"}) {
    const auto value = answer.http.header(name);
    if (!value.empty()) found.kept_headers.emplace_back(name, value);
  }
  return found;
}

Task<std::optional<ports::ObjectInfo>> S3ObjectStore::head(std::string key) {
  co_return co_await requests_.run([this, &key]() -> std::optional<ports::ObjectInfo> {
    const auto found = find(key);
    return found ? std::optional(ports::ObjectInfo{found->size}) : std::nullopt;
  });
}

Task<std::optional<std::string>> S3ObjectStore::read(std::string key) {
  co_return co_await requests_.run([this, &key]() -> std::optional<std::string> {
    Call call;
    call.permission = "s3:GetObject and s3:ListBucket";
    call.method = "GET";
    call.key = key;
    auto answer = client_.send(call);
    if (answer.is_missing()) return std::nullopt;
    if (!answer.is_good()) client_.refuse(call, answer);
    return std::move(answer.http.body);
  });
}

std::vector<std::string> S3ObjectStore::page_of_keys(const std::string& prefix, std::optional<std::string>& next) {
  const auto& own = client_.location().prefix;
  Call call;
  call.permission = "s3:ListBucket";
  call.method = "GET";
  call.query = {{"list-type", "2"}, {"prefix", own + prefix}};
  call.expects = "ListBucketResult";
  if (next) call.query.emplace_back("continuation-token", *next);
  const auto page = read_objects(sent(call).http.body);
  if (!page || (page->next && page->next == next)) {
    throw base::Unavailable("unavailable", "The storage's list of objects cannot be read.");
  }
  next = page->next;
  std::vector<std::string> keys;
  for (const auto& key : page->keys) {
    if (key.starts_with(own + prefix)) keys.push_back(key.substr(own.size()));
  }
  return keys;
}

std::vector<std::string> S3ObjectStore::keys_below(const std::string& prefix) {
  std::vector<std::string> keys;
  std::optional<std::string> next;
  do {
    for (auto& key : page_of_keys(prefix, next))
      keys.push_back(std::move(key));
  } while (next);
  return keys;
}

Task<std::vector<std::string>> S3ObjectStore::list(std::string prefix) {
  co_return co_await requests_.run([this, &prefix] { return keys_below(with_slash(prefix)); });
}

Task<void> S3ObjectStore::remove(std::string key) {
  co_await requests_.run([this, &key] {
    Call call;
    call.permission = "s3:DeleteObject";
    call.method = "DELETE";
    call.key = key;
    const auto answer = client_.send(call);
    if (!answer.is_good() && !answer.is("NoSuchKey")) client_.refuse(call, answer);
  });
}

void S3ObjectStore::remove_all(const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  std::vector<std::string> whole;
  whole.reserve(keys.size());
  for (const auto& key : keys)
    whole.push_back(client_.location().prefix + key);
  Call call;
  call.permission = "s3:DeleteObject";
  call.method = "POST";
  call.query = {{"delete", ""}};
  call.expects = "DeleteResult";
  call.patience = kStoreWorks;
  add_body(call, write_removal(whole));
  const auto failed = read_not_removed(sent(call).http.body);
  if (failed && failed->empty()) return;
  const auto code = failed ? failed->front().second : "the answer cannot be read";
  base::log::error("storage does not remove", {{"key", failed ? failed->front().first : keys.front()},
                                               {"code", code},
                                               {"hint", "grant s3:DeleteObject on the bucket"}});
  throw base::Unavailable("unavailable", "The storage does not remove all objects.");
}

Task<void> S3ObjectStore::remove_prefix(std::string prefix) {
  prefix = with_slash(std::move(prefix));
  co_await transfers_.run([this, &prefix] {
    for (const auto& upload : uploads_below(prefix))  // first: no new object comes of them then
      abort(upload);
    // Removing moves the pages, so it is the whole list first; a revision has some ten objects.
    const auto keys = keys_below(prefix);
    for (std::size_t first = 0; first < keys.size(); first += kMostRemoved) {
      const auto last = std::min(first + kMostRemoved, keys.size());
      remove_all({keys.begin() + static_cast<std::ptrdiff_t>(first), keys.begin() + static_cast<std::ptrdiff_t>(last)});
    }
  });
}

}  // namespace luot::s3
