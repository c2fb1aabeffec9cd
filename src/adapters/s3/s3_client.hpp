// Requests to one bucket: signed, sent, sent again where that may help, and their failures put into words. Blocks.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "adapters/s3/http_client.hpp"
#include "adapters/s3/s3_settings.hpp"
#include "adapters/s3/sigv4.hpp"
#include "base/file.hpp"
#include "ports/clock.hpp"

namespace luot::s3 {

// How long a request may take, and how long it is tried again.
struct Patience {
  std::chrono::seconds silence{5};  // without a byte in either direction
  std::chrono::seconds in_all{10};  // of one attempt; zero: as long as it takes
  std::chrono::seconds budget{8};   // no attempt begins later
  int attempts = 5;
};
// A client waits for the answer.
inline constexpr Patience kQuick{};
// Bytes flow, as many as there are.
inline constexpr Patience kTransfer{std::chrono::seconds(20), {}, std::chrono::seconds(300), 6};
// The store works in silence: copies, or puts parts together.
inline constexpr Patience kStoreWorks{std::chrono::seconds(120), {}, std::chrono::seconds(300), 5};

struct Call {
  std::string permission;  // "s3:GetObject": what the operator must have granted
  std::string method;
  std::string key;  // without the location's prefix; empty for the bucket itself
  Pairs query;
  Pairs headers;
  HttpBody body;
  std::string body_sha256;  // in hexadecimal; empty without a body
  std::function<void(int status, std::span<const char> bytes)> sink;
  const char* expects = nullptr;  // the root of the XML that answers it; another answer is passing trouble
  Patience patience = kQuick;
};

struct Answer {
  HttpAnswer http;
  std::string code;  // of a failure: "NoSuchKey", or "HTTP 404" where the store gave none; empty: all went well
  std::string message;

  [[nodiscard]] bool is_good() const { return code.empty(); }
  [[nodiscard]] std::string words() const { return message.empty() ? code : code + ": " + message; }
  [[nodiscard]] bool is(std::string_view failure) const { return code == failure; }
  [[nodiscard]] bool is_missing() const { return http.status == 404 && code != "NoSuchBucket"; }
};

class S3Client;

// When to try again. Pauses grow, and differ, so that those who failed together do not come back together.
class Retries {
 public:
  Retries(S3Client& client, const Call& call);
  // Waits; throws Unavailable where it is enough. What was told is told in the log then.
  void again_after(const std::string& trouble);
  void made_progress();

 private:
  S3Client& client_;
  const std::string what_;
  const Patience patience_;
  std::chrono::steady_clock::time_point deadline_;
  int attempt_ = 0;
};

class S3Client {
 public:
  S3Client(Location location, Credentials credentials, const ports::Clock& clock,
           std::chrono::milliseconds first_pause = std::chrono::milliseconds(100));

  // The store's answer, be it a refusal. Throws Unavailable where there is none, or none but of passing trouble.
  Answer send(const Call& call);
  // Once. Throws TransportError.
  Answer attempt(const Call& call);
  [[nodiscard]] static bool is_passing(const Answer& answer);
  // For answers that nobody expects: says in the log what is wrong and what to do, and throws Unavailable.
  [[noreturn]] void refuse(const Call& call, const Answer& answer) const;
  // What the operator can do about it; empty where nobody knows.
  [[nodiscard]] std::string hint(const Call& call, const Answer& answer) const;

  // What stands behind "{origin}{path}{prefix}{key}?" in a client's URL.
  [[nodiscard]] std::string presigned_url(const std::string& method, const std::string& key, Pairs query, Pairs headers,
                                          base::Time signed_at, std::chrono::seconds life) const;

  [[nodiscard]] const Location& location() const { return location_; }
  [[nodiscard]] const ports::Clock& clock() const { return clock_; }
  HttpClient& http() { return http_; }
  // Nobody waits any more.
  void stop();

 private:
  friend class Retries;
  void pause(std::chrono::milliseconds duration);
  [[nodiscard]] HttpRequest signed_request(const Call& call) const;
  [[nodiscard]] Answer judged(HttpAnswer http) const;

  const Location location_;
  const Credentials credentials_;
  const ports::Clock& clock_;
  const std::chrono::milliseconds first_pause_;
  HttpClient http_;
  std::mutex mutex_;
  std::condition_variable stopping_;
};

// Gives a call its body.
void add_body(Call& call, std::string bytes);
// `size` bytes of `file` from `offset` on. The file must outlive the call.
void add_body(Call& call, const base::File& file, std::uint64_t offset, std::uint64_t size);

// How far the store's clock is ahead of `now`, by an answer's Date.
std::optional<std::chrono::seconds> clock_ahead(const HttpAnswer& answer, base::Time now);

}  // namespace luot::s3
