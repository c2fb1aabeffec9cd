#include "adapters/s3/s3_client.hpp"

#include <ctime>
#include <map>

#include "adapters/s3/md5.hpp"
#include "adapters/s3/s3_xml.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::s3 {
namespace {

constexpr std::chrono::seconds kConnect{5};
constexpr std::chrono::minutes kMostSkew{15};  // S3's own limit
constexpr const char* kUnreadable = "an answer that cannot be read";
constexpr std::size_t kHashed = 256UL << 10;
constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Whether nobody knows what became of it, or the store asks for patience.
bool is_passing_code(const std::string& code) {
  return code == "SlowDown" || code == "InternalError" || code == "ServiceUnavailable" || code == "RequestTimeout" ||
         code == "Throttling" || code == "OperationAborted" || code == kUnreadable;
}

}  // namespace

Retries::Retries(S3Client& client, const Call& call)
    : client_(client),
      what_(call.method + " " + call.key),
      patience_(call.patience),
      deadline_(std::chrono::steady_clock::now() + call.patience.budget) {
}

void Retries::made_progress() {
  attempt_ = 0;
  deadline_ = std::chrono::steady_clock::now() + patience_.budget;
}

void Retries::again_after(const std::string& trouble) {
  ++attempt_;
  std::uint32_t random = 0;
  base::fill_random(std::as_writable_bytes(std::span(&random, 1)));
  auto pause = client_.first_pause_;  // 0.1, 0.3, 0.9, 2.7, 8.1 s
  for (int i = 1; i < std::min(attempt_, 6); ++i)
    pause *= 3;
  pause += pause * static_cast<long>(random % 100) / 200;
  const bool enough = attempt_ >= patience_.attempts || client_.http_.stopped() ||
                      std::chrono::steady_clock::now() + pause >= deadline_;
  if (enough) {
    base::log::warning("storage", {{"request", what_}, {"attempts", attempt_}, {"error", trouble}});
    throw base::Unavailable("unavailable", "The storage cannot be used now; try again shortly.",
                            std::chrono::seconds(5));
  }
  base::log::debug("storage: once more", {{"request", what_}, {"attempt", attempt_}, {"error", trouble}});
  client_.pause(pause);
}

S3Client::S3Client(Location location, Credentials credentials, const ports::Clock& clock,
                   std::chrono::milliseconds first_pause)
    : location_(std::move(location)),
      credentials_(std::move(credentials)),
      clock_(clock),
      first_pause_(first_pause),
      http_(kConnect) {
}

void S3Client::stop() {
  const std::lock_guard lock(mutex_);
  http_.stop();
  stopping_.notify_all();
}

void S3Client::pause(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  stopping_.wait_for(lock, duration, [this] { return http_.stopped().load(); });
}

HttpRequest S3Client::signed_request(const Call& call) const {
  const auto& address = location_.address;
  const Scope scope{clock_.now(), location_.region};
  Signable signable;
  signable.method = call.method;
  signable.path = address.path + (call.key.empty() ? "" : location_.prefix + call.key);
  signable.query = call.query;
  signable.headers = call.headers;
  signable.payload = call.body_sha256.empty() ? std::string(kEmptySha256) : call.body_sha256;
  signable.headers.emplace_back("host", address.host);
  signable.headers.emplace_back("x-amz-content-sha256", signable.payload);
  signable.headers.emplace_back("x-amz-date", timestamp(scope.time));
  if (credentials_.session_token) signable.headers.emplace_back("x-amz-security-token", *credentials_.session_token);

  HttpRequest request;
  request.method = call.method;
  request.url = address.origin + signable.path + (call.query.empty() ? "" : "?" + encode_query(call.query));
  request.headers = signable.headers;
  request.headers.emplace_back("authorization", authorization(signable, credentials_, scope));
  request.body = call.body;
  request.sink = call.sink;
  request.silence = call.patience.silence;
  request.in_all = call.patience.in_all;
  return request;
}

// A failure may also come with status 200, after the store had begun to answer.
Answer S3Client::judged(HttpAnswer http) const {
  Answer answer{std::move(http), "", ""};
  const auto& body = answer.http.body;
  const auto failure = body.size() < 64UL << 10 ? read_failure(body) : std::nullopt;
  if (failure) {
    answer.code = failure->code.empty() ? "Error" : failure->code;
    answer.message = failure->message;
  } else if (!answer.http.is_good()) {
    answer.code = "HTTP " + std::to_string(answer.http.status);
  }
  // An answer to HEAD has no body that could tell.
  const auto ahead = answer.http.status == 403 ? clock_ahead(answer.http, clock_.now()) : std::nullopt;
  if (ahead && std::chrono::abs(*ahead) >= kMostSkew) answer.code = "RequestTimeTooSkewed";
  return answer;
}

Answer S3Client::attempt(const Call& call) {
  auto answer = judged(http_.send(signed_request(call)));
  if (answer.is_good() && call.expects != nullptr && !is_document(answer.http.body, call.expects)) {
    answer.code = kUnreadable;
  }
  return answer;
}

bool S3Client::is_passing(const Answer& answer) {
  return !answer.is_good() && (answer.http.status >= 500 || answer.http.status == 429 || is_passing_code(answer.code));
}

Answer S3Client::send(const Call& call) {
  Retries retries(*this, call);
  while (true) {
    std::string trouble;
    try {
      auto answer = attempt(call);
      if (!is_passing(answer)) return answer;
      trouble = answer.words();
    } catch (const TransportError& e) {
      trouble = e.what();
    }
    retries.again_after(trouble);
  }
}

std::string S3Client::hint(const Call& call, const Answer& answer) const {
  static const std::map<std::string_view, std::string> kHints{
      {"RequestTimeTooSkewed", "this machine's clock and the store's differ by more than 15 minutes: set them (NTP)"},
      {"InvalidAccessKeyId", "the store does not know AWS_ACCESS_KEY_ID"},
      {"SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY is not that of AWS_ACCESS_KEY_ID"},
      {"ExpiredToken", "AWS_SESSION_TOKEN has expired: start again with new credentials"},
      {"InvalidToken", "AWS_SESSION_TOKEN is not that of these credentials"},
      {"PermanentRedirect", "the bucket is in another region: set region in storage_url"},
      {"AuthorizationHeaderMalformed", "the bucket is in another region: set region in storage_url"},
  };
  if (const auto found = kHints.find(answer.code); found != kHints.end()) return found->second;
  if (answer.is("NoSuchBucket")) return "there is no bucket " + location_.bucket + ": make it";
  if (answer.http.status == 403) return "grant " + call.permission + " on the bucket to these credentials";
  if (answer.http.status == 301) return "the bucket is in another region: set region in storage_url";
  return "";
}

void S3Client::refuse(const Call& call, const Answer& answer) const {
  base::log::error("storage refuses", {{"request", call.method + " " + call.key},
                                       {"bucket", location_.bucket},
                                       {"code", answer.code},
                                       {"message", answer.message},
                                       {"hint", hint(call, answer)}});
  throw base::Unavailable("unavailable", "The storage refuses; the operator finds the reason in the log.",
                          std::chrono::seconds(30));
}

std::string S3Client::presigned_url(const std::string& method, const std::string& key, Pairs query, Pairs headers,
                                    base::Time signed_at, std::chrono::seconds life) const {
  const auto& address = location_.public_address;
  Signable signable;
  signable.method = method;
  signable.path = address.path + location_.prefix + key;
  signable.query = std::move(query);
  signable.headers = std::move(headers);
  signable.headers.emplace_back("host", address.host);
  signable.payload = kUnsignedPayload;
  const auto url = address.origin + signable.path;
  return url + "?" + presigned_query(std::move(signable), credentials_, {signed_at, location_.region}, life);
}

void add_body(Call& call, std::string bytes) {
  call.body_sha256 = base::hex_encode(base::sha256(bytes));
  call.headers.emplace_back("content-md5", base::base64_encode(md5(bytes)));
  call.body.size = bytes.size();
  call.body.read = [bytes = std::move(bytes)](std::uint64_t offset, std::span<char> out) {
    return bytes.copy(out.data(), out.size(), offset);
  };
}

// Read twice, so that the store can check what came: the second time from the page cache.
void add_body(Call& call, const base::File& file, std::uint64_t offset, std::uint64_t size) {
  base::Sha256 digest;
  std::string bytes(std::min<std::uint64_t>(kHashed, size), '\0');
  for (std::uint64_t done = 0; done < size;) {
    const auto wanted = std::min<std::uint64_t>(bytes.size(), size - done);
    const auto count = file.read_at(offset + done, std::span(bytes).first(wanted));
    if (count == 0) throw std::runtime_error("a file became shorter while it was sent");
    digest.add(std::string_view(bytes).substr(0, count));
    done += count;
  }
  call.body_sha256 = base::hex_encode(digest.finish());
  call.body.size = size;
  call.body.read = [&file, offset](std::uint64_t at, std::span<char> out) { return file.read_at(offset + at, out); };
}

std::optional<std::chrono::seconds> clock_ahead(const HttpAnswer& answer, base::Time now) {
  const auto text = answer.header("date");
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::seconds(::timegm(&parts) - base::unix_seconds(now));
}

}  // namespace luot::s3
