// HTTP over connections that stay open, by libcurl. Blocks; safe to use from many threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace luot::s3 {

// Read from any offset, since a request may have to be sent again. Without `read` there are no bytes.
struct HttpBody {
  std::uint64_t size = 0;
  std::function<std::size_t(std::uint64_t offset, std::span<char> out)> read;
};

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  HttpBody body;
  // Takes the bytes of a 2xx answer; others, and all where there is no sink, become the answer's body.
  std::function<void(int status, std::span<const char> bytes)> sink;
  std::chrono::seconds silence{20};  // the longest without a byte in either direction
  std::chrono::seconds in_all{0};    // zero: as long as it takes
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;

  [[nodiscard]] bool is_good() const { return status >= 200 && status < 300; }
  [[nodiscard]] std::string header(std::string_view name) const;  // empty where it is absent
};

// There was no whole answer: the text says why.
class TransportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class HttpClient {
 public:
  explicit HttpClient(std::chrono::milliseconds connect_timeout);
  ~HttpClient();  // nobody may be sending
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Throws TransportError, and what `read` or `sink` throw. Redirects are not followed.
  HttpAnswer send(const HttpRequest& request);
  // Whoever is sending, or will, gets TransportError.
  void stop() { stopped_ = true; }
  [[nodiscard]] const std::atomic<bool>& stopped() const { return stopped_; }

 private:
  const std::chrono::milliseconds connect_timeout_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<void*> idle_;  // libcurl's handles; each keeps its connections
};

}  // namespace luot::s3
