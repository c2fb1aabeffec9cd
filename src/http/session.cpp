#include "http/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "base/log.hpp"
#include "http/error_response.hpp"
#include "http/target.hpp"

namespace luot::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using base::Task;
using base::use_task;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Parser = beast::http::request_parser<beast::http::buffer_body>;

constexpr std::size_t kFileChunk = 256 * 1024;
constexpr std::size_t kMaxDrained = 256 * 1024;  // of an unread body, so that the client sees the answer
constexpr std::size_t kKeptInput = 16 * 1024;    // of an idle connection's buffer
constexpr std::uint64_t kLeastBodySpeed = 1024;  // bytes a second
constexpr Clock::time_point kNoDeadline = Clock::time_point::max();

class FieldsView final : public Headers {
 public:
  explicit FieldsView(const beast::http::fields& fields) : fields_(fields) {}
  std::string_view find(std::string_view name) const override {
    const auto field = fields_.find({name.data(), name.size()});
    return field == fields_.end() ? std::string_view() : std::string_view(field->value().data(), field->value().size());
  }

 private:
  const beast::http::fields& fields_;
};

Response gone_response(const ClientGone& gone, std::string_view request_id) {
  Response response;
  response.status = 499;  // nginx's, for the log: it is not sent
  if (gone.cause() == ClientGone::Cause::kStalled) {
    response = problem(408, "request_timeout", "The request's body took too long to arrive.", request_id);
  } else if (gone.cause() == ClientGone::Cause::kMalformed) {
    response =
        problem(400, "malformed_request", std::string("The body cannot be read: ") + gone.what() + ".", request_id);
  }
  response.close = true;
  return response;
}

// Paths in the log carry no secrets: a long segment is a token or a signature.
std::string loggable(std::string_view path) {
  constexpr std::size_t kLongest = 32;
  std::string shown;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const auto segment = path.substr(0, end);
    shown += segment.size() > kLongest + 1 ? std::string_view("/...") : segment;
    path.remove_prefix(end);
  }
  return shown;
}

}  // namespace

class Session::Connection final : public BodyReader {
 public:
  Connection(Socket socket, Listener& listener) : socket_(std::move(socket)), listener_(listener) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    const auto peer = socket_.remote_endpoint(ignored);
    if (!ignored) client_address_ = peer.address().to_string();
  }

  Task<void> run();
  void drain();
  void expire(Clock::time_point now);

  std::optional<std::uint64_t> content_length() const override;
  Task<std::size_t> read_some(asio::mutable_buffer buffer) override;

 private:
  Task<bool> await_first_byte();
  Task<bool> exchange();  // one request and its answer; false: the connection ends
  std::optional<Response> header_problem(error_code failure, const std::string& request_id) const;
  std::optional<Response> fill_request(Request& request) const;
  ClientGone body_failure(error_code failure) const;
  Task<void> say_continue();
  Task<void> write_answer(const Response& response, const Request& request, bool keep_alive);
  Task<void> write_file(const FileSlice& slice);
  Task<void> write(std::span<const asio::const_buffer> buffers);
  void compose_head(const Response& response, const std::string& request_id, bool keep_alive, std::uint64_t length);
  Task<void> linger();
  void log(const Request& request, const Response& response, Clock::time_point started, bool sent) const;

  Socket socket_;
  Listener& listener_;
  std::string client_address_;
  beast::flat_buffer input_;
  std::optional<Parser> parser_;
  std::string head_;
  std::unique_ptr<char[]> file_chunk_;
  Clock::time_point deadline_ = kNoDeadline;
  Clock::time_point body_started_{};
  std::uint64_t body_bytes_ = 0;
  bool idle_ = false;
  bool timed_out_ = false;
  bool owes_continue_ = false;
};

Session::Session(Socket socket, Listener& listener)
    : connection_(std::make_unique<Connection>(std::move(socket), listener)) {
}
Session::~Session() = default;

Task<void> Session::run() {
  return connection_->run();
}
void Session::drain() {
  connection_->drain();
}
void Session::expire(Clock::time_point now) {
  connection_->expire(now);
}

void Session::Connection::drain() {
  if (idle_) socket_.cancel();
}

void Session::Connection::expire(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = kNoDeadline;
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

Task<void> Session::Connection::run() {
  bool open = true;
  while (open) {
    open = co_await await_first_byte();
    if (open) open = co_await exchange();
  }
  deadline_ = kNoDeadline;
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
}

Task<bool> Session::Connection::await_first_byte() {
  if (input_.size() > 0) co_return true;  // pipelined
  if (listener_.draining()) co_return false;
  if (input_.capacity() > kKeptInput) input_.shrink_to_fit();
  idle_ = true;
  deadline_ = Clock::now() + listener_.limits().idle;
  error_code failure;
  const auto count = co_await socket_.async_read_some(input_.prepare(4096), asio::redirect_error(use_task, failure));
  idle_ = false;
  input_.commit(count);
  co_return !failure;
}

Task<bool> Session::Connection::exchange() {
  const auto started = Clock::now();
  const auto& limits = listener_.limits();
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser_->body_limit(boost::none);  // each route has its own
  deadline_ = started + limits.header;
  timed_out_ = false;
  body_started_ = started;
  body_bytes_ = 0;
  error_code failure;
  co_await beast::http::async_read_header(socket_, input_, *parser_, asio::redirect_error(use_task, failure));

  Request request;
  request.id = listener_.next_request_id();
  request.client_address = client_address_;
  const FieldsView headers(parser_->get());
  request.headers = &headers;
  request.body = this;
  auto refused = failure ? header_problem(failure, request.id) : fill_request(request);
  if (failure && !refused) co_return false;
  owes_continue_ = !failure && beast::iequals(parser_->get()[beast::http::field::expect], "100-continue");

  Response response;
  if (refused) {
    response = *std::move(refused);
    response.close = true;
  } else {
    deadline_ = kNoDeadline;  // the handler's own waits have theirs
    try {
      response = co_await listener_.dispatcher().respond(request);
    } catch (const ClientGone& gone) {
      response = gone_response(gone, request.id);
    }
  }
  const bool body_unread = failure || !parser_->is_done();
  const bool keep_alive =
      !failure && !response.close && !body_unread && parser_->get().keep_alive() && !listener_.draining();
  bool sent = response.status != 499;
  try {
    if (sent) co_await write_answer(response, request, keep_alive);
  } catch (const ClientGone&) {
    sent = false;
  } catch (const std::exception& e) {  // the head is out: nothing else can be told any more
    base::log::error("answer broken off", {{"id", request.id}, {"error", e.what()}});
    sent = false;
  }
  log(request, response, started, sent);
  if (sent && !keep_alive && body_unread) co_await linger();
  co_return sent&& keep_alive;
}

std::optional<Response> Session::Connection::header_problem(error_code failure, const std::string& request_id) const {
  namespace http = beast::http;
  if (timed_out_) return problem(408, "request_timeout", "The request's header took too long to arrive.", request_id);
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow) {
    return problem(431, "headers_too_large", "The request line and headers are too large.", request_id);
  }
  const bool is_protocol_error = failure.category() == http::make_error_code(http::error::bad_method).category();
  if (!is_protocol_error || failure == http::error::end_of_stream || failure == http::error::partial_message) {
    return std::nullopt;  // the client left
  }
  return problem(400, "malformed_request", "This is not a valid HTTP/1.1 request: " + failure.message() + ".",
                 request_id);
}

// The request as handlers see it, or what is wrong with its head.
std::optional<Response> Session::Connection::fill_request(Request& request) const {
  const auto& head = parser_->get();
  const std::string_view target(head.target().data(), head.target().size());
  if (target.size() > listener_.limits().target_bytes) {
    return problem(414, "uri_too_long", "The request target is too long.", request.id);
  }
  if (head.version() != 11 && head.version() != 10) {
    return problem(400, "malformed_request", "Only HTTP/1.0 and HTTP/1.1 are spoken here.", request.id);
  }
  if (head.version() == 11 && head.count(beast::http::field::host) != 1) {
    return problem(400, "malformed_request", "A request needs exactly one Host header.", request.id);
  }
  auto parsed = parse_target(target);
  if (!parsed && !(target == "*" && head.method() == beast::http::verb::options)) {
    return problem(400, "malformed_request", "The request target must be a path.", request.id);
  }
  request.path = parsed ? std::move(parsed->path) : "/";
  if (parsed) request.query = std::move(parsed->query);
  request.is_head = head.method() == beast::http::verb::head;
  const auto method = head.method_string();
  request.method = request.is_head ? std::string_view("GET") : std::string_view(method.data(), method.size());
  return std::nullopt;
}

std::optional<std::uint64_t> Session::Connection::content_length() const {
  if (parser_->chunked()) return std::nullopt;
  const auto length = parser_->content_length();
  return length ? *length : 0;
}

Task<void> Session::Connection::say_continue() {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  owes_continue_ = false;
  const std::array<asio::const_buffer, 1> text{asio::buffer(kContinue.data(), kContinue.size())};
  co_await write(text);
}

ClientGone Session::Connection::body_failure(error_code failure) const {
  using Cause = ClientGone::Cause;
  if (timed_out_) return {Cause::kStalled, "timed out"};
  const bool is_framing =
      failure.category() == beast::http::make_error_code(beast::http::error::bad_method).category() &&
      failure != beast::http::error::partial_message && failure != beast::http::error::end_of_stream;
  return {is_framing ? Cause::kMalformed : Cause::kLeft, failure.message()};
}

Task<std::size_t> Session::Connection::read_some(asio::mutable_buffer buffer) {
  if (parser_->is_done() || buffer.size() == 0) co_return 0;
  if (owes_continue_) co_await say_continue();
  auto& body = parser_->get().body();
  body.data = buffer.data();
  body.size = buffer.size();
  body.more = true;
  while (body.size == buffer.size() && !parser_->is_done()) {
    // Each piece has its time, and the whole has a least speed: bytes in drops would hold a connection for ever.
    const auto whole = body_started_ + listener_.limits().body + std::chrono::seconds(body_bytes_ / kLeastBodySpeed);
    deadline_ = std::min(Clock::now() + listener_.limits().body, whole);
    error_code failure;
    co_await beast::http::async_read_some(socket_, input_, *parser_, asio::redirect_error(use_task, failure));
    if (failure && failure != beast::http::error::need_buffer) throw body_failure(failure);
  }
  deadline_ = kNoDeadline;
  body_bytes_ += buffer.size() - body.size;
  co_return buffer.size() - body.size;
}

void Session::Connection::compose_head(const Response& response, const std::string& request_id, bool keep_alive,
                                       std::uint64_t length) {
  head_.clear();
  head_.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_phrase(response.status));
  head_.append("\r\nServer: luot\r\nDate: ").append(listener_.http_date());
  head_.append("\r\nX-Request-Id: ").append(request_id);
  head_.append("\r\nX-Content-Type-Options: nosniff");
  if (!response.content_type.empty()) head_.append("\r\nContent-Type: ").append(response.content_type);
  for (const auto& [name, value] : response.headers)
    head_.append("\r\n").append(name).append(": ").append(value);
  if (response.status != 204 && response.status != 304) {
    head_.append("\r\nContent-Length: ").append(std::to_string(length));
  }
  if (!keep_alive) {
    head_.append("\r\nConnection: close");
  } else if (parser_->get().version() == 10) {
    head_.append("\r\nConnection: keep-alive");
  }
  head_.append("\r\n\r\n");
}

Task<void> Session::Connection::write(std::span<const asio::const_buffer> buffers) {
  deadline_ = Clock::now() + listener_.limits().write;
  error_code failure;
  co_await asio::async_write(socket_, buffers, asio::redirect_error(use_task, failure));
  deadline_ = kNoDeadline;
  if (failure) throw ClientGone(ClientGone::Cause::kLeft, "write: " + failure.message());
}

Task<void> Session::Connection::write_answer(const Response& response, const Request& request, bool keep_alive) {
  compose_head(response, request.id, keep_alive, body_size(response.body));
  std::vector<asio::const_buffer> buffers{asio::buffer(head_)};
  const bool bodiless = request.is_head || response.status == 204 || response.status == 304;
  if (!bodiless) {
    if (const auto* text = std::get_if<std::string>(&response.body)) {
      buffers.push_back(asio::buffer(*text));
    } else if (const auto* parts = std::get_if<std::vector<SharedBytes>>(&response.body)) {
      for (const auto& part : *parts)
        buffers.push_back(asio::buffer(part.bytes.data(), part.bytes.size()));
    }
  }
  co_await write(buffers);
  if (const auto* slice = std::get_if<FileSlice>(&response.body); slice != nullptr && !bodiless) {
    co_await write_file(*slice);
  }
}

Task<void> Session::Connection::write_file(const FileSlice& slice) {
  if (!file_chunk_) file_chunk_ = std::make_unique_for_overwrite<char[]>(kFileChunk);
  std::uint64_t offset = slice.offset;
  std::uint64_t rest = slice.length;
  while (rest > 0) {
    const std::span<char> chunk(file_chunk_.get(), std::min<std::uint64_t>(rest, kFileChunk));
    auto count = slice.file->read_cached(offset, chunk);
    if (!count) count = co_await listener_.files().run([&] { return slice.file->read_at(offset, chunk); });
    if (*count == 0)
      throw ClientGone(ClientGone::Cause::kLeft,
                       "the file is shorter than it was");  // the promised length cannot be kept
    const std::array<asio::const_buffer, 1> piece{asio::buffer(chunk.data(), *count)};
    co_await write(piece);
    offset += *count;
    rest -= *count;
  }
  file_chunk_.reset();
}

// Closing with unread input would reset the connection, and the client might never see the answer.
Task<void> Session::Connection::linger() {
  error_code failure;
  socket_.shutdown(tcp::socket::shutdown_send, failure);
  deadline_ = Clock::now() + std::chrono::seconds(2);
  timed_out_ = false;
  std::size_t drained = 0;
  std::array<char, 4096> scratch{};
  while (!failure && drained < kMaxDrained) {
    drained += co_await socket_.async_read_some(asio::buffer(scratch), asio::redirect_error(use_task, failure));
  }
}

void Session::Connection::log(const Request& request, const Response& response, Clock::time_point started,
                              bool sent) const {
  const std::chrono::duration<double, std::milli> took = Clock::now() - started;
  base::log::info("request", {{"id", request.id},
                              {"client", request.client_address},
                              {"method", request.is_head ? "HEAD" : request.method},
                              {"path", loggable(request.path)},
                              {"status", response.status},
                              {"sent", sent},
                              {"bytes", body_size(response.body)},
                              {"ms", took.count()},
                              {"user", request.viewer ? request.viewer->id.str() : "-"}});
}

}  // namespace luot::http
