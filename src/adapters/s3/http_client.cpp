#include "adapters/s3/http_client.hpp"

#include <curl/curl.h>

#include <exception>
#include <memory>

#include "base/text.hpp"

namespace luot::s3 {
namespace {

constexpr std::size_t kLargestBody = 16UL << 20;  // of an answer that is kept in memory
constexpr long kBuffer = 128L << 10;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

// What the callbacks of one exchange work on. They must not throw through libcurl's frames.
struct Exchange {
  CURL* handle;
  const HttpRequest& request;
  const std::atomic<bool>& stopped;
  HttpAnswer answer;
  std::uint64_t sent = 0;
  std::exception_ptr fault;

  [[nodiscard]] int status() const {
    long code = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
  }
};

std::size_t read_body(char* out, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  try {
    const auto room = std::min<std::uint64_t>(size * count, exchange.request.body.size - exchange.sent);
    const auto read = room == 0 ? 0 : exchange.request.body.read(exchange.sent, std::span(out, room));
    exchange.sent += read;
    return read;
  } catch (...) {
    exchange.fault = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

int seek_body(void* context, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(context)->sent = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::span<const char> piece(bytes, size * count);
  try {
    const int status = exchange.status();
    if (exchange.request.sink && status >= 200 && status < 300) {
      exchange.request.sink(status, piece);
    } else {
      if (exchange.answer.body.size() + piece.size() > kLargestBody) throw TransportError("the answer is too large");
      exchange.answer.body.append(piece.data(), piece.size());
    }
    return piece.size();
  } catch (...) {
    exchange.fault = std::current_exception();
    return 0;
  }
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view line(bytes, size * count);
  try {
    if (line.starts_with("HTTP/")) exchange.answer.headers.clear();  // after a 100
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      exchange.answer.headers[base::to_lower_ascii(line.substr(0, colon))] = base::trimmed(line.substr(colon + 1));
    }
    return line.size();
  } catch (...) {
    exchange.fault = std::current_exception();
    return 0;
  }
}

int look_for_stop(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(context)->stopped ? 1 : 0;
}

void set_method(CURL* handle, const HttpRequest& request) {
  const auto size = static_cast<curl_off_t>(request.body.size);
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, size);
  } else if (request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, size);
  } else {
    curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

HeaderList header_list(const HttpRequest& request) {
  HeaderList list;
  bool has_type = false;
  const auto add = [&list](const std::string& line) {
    auto* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
  };
  for (const auto& [name, value] : request.headers) {
    add(value.empty() ? name + ";" : name + ": " + value);
    has_type = has_type || base::to_lower_ascii(name) == "content-type";
  }
  if (!has_type) add("Content-Type:");  // or libcurl would send that of a web form
  add("Expect:");                       // nor wait for a 100 before each body
  return list;
}

void set_callbacks(CURL* handle, Exchange& exchange) {
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, read_body);
  curl_easy_setopt(handle, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, seek_body);
  curl_easy_setopt(handle, CURLOPT_SEEKDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_for_stop);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &exchange);
}

void set_limits(CURL* handle, const HttpRequest& request, std::chrono::milliseconds connect_timeout) {
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kBuffer);
  curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, kBuffer);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.silence.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(request.in_all.count()));
}

HttpAnswer perform(CURL* handle, const HttpRequest& request, const std::atomic<bool>& stopped,
                   std::chrono::milliseconds connect_timeout) {
  Exchange exchange{handle, request, stopped, {}, 0, {}};
  char words[CURL_ERROR_SIZE] = "";
  const auto headers = header_list(request);
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words);
  set_limits(handle, request, connect_timeout);
  set_callbacks(handle, exchange);
  set_method(handle, request);
  const auto outcome = curl_easy_perform(handle);
  exchange.answer.status = exchange.status();
  curl_easy_reset(handle);  // what it points to goes with this frame; its connections stay
  if (exchange.fault) std::rethrow_exception(exchange.fault);
  if (outcome == CURLE_OK) return std::move(exchange.answer);
  throw TransportError(words[0] != '\0' ? words : curl_easy_strerror(outcome));
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

HttpClient::HttpClient(std::chrono::milliseconds connect_timeout) : connect_timeout_(connect_timeout) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kReady != CURLE_OK) throw std::runtime_error("libcurl cannot be used");
}

HttpClient::~HttpClient() {
  for (auto* handle : idle_)
    curl_easy_cleanup(handle);
}

HttpAnswer HttpClient::send(const HttpRequest& request) {
  if (stopped_) throw TransportError("the server stops");
  void* handle = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {  // the one used last: its connection is the warmest
      handle = idle_.back();
      idle_.pop_back();
    }
  }
  if (handle == nullptr) handle = curl_easy_init();
  if (handle == nullptr) throw std::bad_alloc();
  // Given back whatever happens.
  const std::unique_ptr<void, std::function<void(void*)>> lent(handle, [this](void* used) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(used);
  });
  return perform(handle, request, stopped_, connect_timeout_);
}

}  // namespace luot::s3
