#include "http/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "base/log.hpp"
#include "http/answer_writer.hpp"
#include "http/client_socket.hpp"
#include "http/error_response.hpp"
#include "http/head_scan.hpp"
#include "http/target.hpp"

namespace luot::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using base::Task;
using base::use_task;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Parser = beast::http::request_parser<beast::http::buffer_body>;

constexpr std::size_t kMostInput = 64 * 1024;  // read ahead of the parser: a chunk's line or a trailer must fit in
constexpr std::size_t kReadSize = 4096;        // for a head
constexpr std::chrono::seconds kSoon{2};       // for a next request that is waited for with a buffer
constexpr std::uint64_t kLeastBodySpeed = 16 * 1024;  // bytes a second

class FieldsView final : public Headers {
 public:
  explicit FieldsView(const beast::http::fields& fields) : fields_(fields) {}
  std::string_view find(std::string_view name) const override {
    const auto field = fields_.find({name.data(), name.size()});
    return field == fields_.end() ? std::string_view() : std::string_view(field->value().data(), field->value().size());
  }
  std::string joined(std::string_view name) const override {
    std::string list;
    const auto [first, last] = fields_.equal_range({name.data(), name.size()});
    for (auto field = first; field != last; ++field) {
      if (!list.empty()) list += ", ";
      list.append(field->value().data(), field->value().size());
    }
    return list;
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

// Where two servers could find another end of the body, one request can be taken for two (RFC 9112 sections 6.1, 6.3).
// Beast takes equal lengths, lists of them, codings that nobody here decodes, and any coding with HTTP/1.0.
bool has_plain_framing(const Parser::value_type& head) {
  const auto lengths = head.count(beast::http::field::content_length);
  const auto codings = head.count(beast::http::field::transfer_encoding);
  if (codings > 0) {
    return codings == 1 && lengths == 0 && head.version() == 11 &&
           beast::iequals(head[beast::http::field::transfer_encoding], "chunked");
  }
  return lengths == 0 ||
         (lengths == 1 && head[beast::http::field::content_length].find(',') == beast::string_view::npos);
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
  Connection(Socket socket, Listener& listener)
      : client_(std::move(socket)), listener_(listener), client_address_(client_.address()) {}

  Task<void> run();
  void drain();
  void expire(Clock::time_point now) { client_.expire(now); }

  std::optional<std::uint64_t> content_length() const override;
  Task<std::size_t> read_some(asio::mutable_buffer buffer) override;

 private:
  Task<bool> await_first_byte();
  Task<error_code> read_input(Clock::duration limit);
  Task<bool> exchange();  // one request and its answer; false: the connection ends
  Task<error_code> read_head();
  error_code parse_head(HeadScan& scan, std::string_view fresh);
  std::optional<Response> header_problem(error_code failure, const std::string& request_id) const;
  std::optional<Response> fill_request(Request& request) const;
  Task<bool> answer(const Request& request, const Response& response, Framing framing);
  ClientGone body_failure(error_code failure) const;
  Task<void> say_continue();
  void log(const Request& request, const Response& response, Clock::time_point started, bool sent);

  ClientSocket client_;
  Listener& listener_;
  AnswerWriter writer_{client_, listener_};
  std::string client_address_;
  beast::flat_buffer input_{kMostInput};
  std::optional<Parser> parser_;
  Clock::duration body_awaited_{};  // how long the client let us wait for its body
  std::uint64_t body_bytes_ = 0;
  bool idle_ = false;
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
  error_code ignored;
  if (idle_) client_.socket().cancel(ignored);
  writer_.drain();
}

Task<void> Session::Connection::run() {
  bool open = true;
  while (open) {
    open = co_await await_first_byte();
    if (open) open = co_await exchange();
    parser_.reset();  // who is idle holds no head
  }
  client_.shut_down();
}

Task<bool> Session::Connection::await_first_byte() {
  if (input_.size() > 0) co_return true;  // pipelined
  if (listener_.draining()) co_return false;
  idle_ = true;
  if (input_.capacity() > kReadSize) input_.shrink_to_fit();
  const Clock::duration limit = listener_.limits().idle;
  const auto soon = std::min<Clock::duration>(limit, kSoon);
  auto failure = co_await read_input(soon);
  if (failure && client_.timed_out() && soon < limit && !listener_.draining()) {
    input_.shrink_to_fit();  // most connections are idle most of the time: they hold no buffer
    client_.await_until(Clock::now() + limit - soon);
    co_await client_.socket().async_wait(Socket::wait_read, asio::redirect_error(use_task, failure));
    if (!failure) failure = co_await read_input(soon);
  }
  idle_ = false;
  co_return !failure;
}

// Waits in the read itself, which costs no other system call, and holds the buffer meanwhile.
Task<error_code> Session::Connection::read_input(Clock::duration limit) {
  error_code failure;
  client_.await_until(Clock::now() + limit);
  const auto count =
      co_await client_.socket().async_read_some(input_.prepare(kReadSize), asio::redirect_error(use_task, failure));
  input_.commit(count);
  co_return failure;
}

Task<bool> Session::Connection::exchange() {
  const auto started = Clock::now();
  body_awaited_ = {};
  body_bytes_ = 0;
  const auto failure = co_await read_head();

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
    client_.await_over();  // the handler's own waits have their deadlines
    try {
      response = co_await listener_.dispatcher().respond(request);
    } catch (const ClientGone& gone) {
      response = gone_response(gone, request.id);
    }
  }
  const bool body_unread = failure || !parser_->is_done();
  Framing framing;
  framing.http_1_0 = !failure && parser_->get().version() == 10;
  framing.keep_alive =
      !failure && !response.close && !body_unread && parser_->get().keep_alive() && !listener_.draining();
  // Only its end tells a body without length or chunks apart from the next answer.
  if (framing.http_1_0 && std::holds_alternative<BodyStream>(response.body)) framing.keep_alive = false;
  const bool sent = co_await answer(request, response, framing);
  log(request, response, started, sent);
  if (sent && !framing.keep_alive && body_unread) co_await client_.linger();
  co_return sent&& framing.keep_alive;
}

Task<bool> Session::Connection::answer(const Request& request, const Response& response, Framing framing) {
  if (response.status == 499) co_return false;
  try {
    co_await writer_.write(response, request, framing);
    co_return true;
  } catch (const ClientGone&) {
    co_return false;
  } catch (const std::exception& e) {  // the head is out: nothing else can be told any more
    base::log::error("answer broken off", {{"id", request.id}, {"error", e.what()}});
    co_return false;
  }
}

// Parses as the bytes arrive: what is no HTTP at all is refused at once, not when it is complete.
Task<error_code> Session::Connection::read_head() {
  const auto& limits = listener_.limits();
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser_->body_limit(boost::none);  // each route has its own
  client_.await_until(Clock::now() + limits.header);
  HeadScan scan(limits.header_bytes, limits.header_fields + 2);  // the request line, and the empty one
  std::size_t seen = 0;                                          // of the input
  while (true) {
    const auto input = input_.cdata();
    const std::string_view all(static_cast<const char*>(input.data()), input.size());
    auto failure = parse_head(scan, all.substr(seen));
    if (failure != beast::http::error::need_more) co_return failure;
    seen = input_.size();
    const auto count =
        co_await client_.socket().async_read_some(input_.prepare(kReadSize), asio::redirect_error(use_task, failure));
    if (failure) co_return failure;
    input_.commit(count);
  }
}

// need_more until the head is whole.
error_code Session::Connection::parse_head(HeadScan& scan, std::string_view fresh) {
  switch (scan.look(fresh)) {
    case HeadFault::kNone:
      break;
    case HeadFault::kTooLarge:
      return beast::http::error::header_limit;
    case HeadFault::kBareLineFeed:
      return beast::http::error::bad_line_ending;
    case HeadFault::kFolded:
      return beast::http::error::bad_obs_fold;
  }
  error_code failure;
  input_.consume(parser_->put(input_.cdata(), failure));
  return failure;
}

std::optional<Response> Session::Connection::header_problem(error_code failure, const std::string& request_id) const {
  namespace http = beast::http;
  if (client_.timed_out())
    return problem(408, "request_timeout", "The request's header took too long to arrive.", request_id);
  if (failure == http::error::header_limit) {
    return problem(431, "headers_too_large", "The request line and headers are too large.", request_id);
  }
  const bool is_protocol_error = failure.category() == http::make_error_code(http::error::bad_method).category();
  if (!is_protocol_error) return std::nullopt;  // the client left
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
  const auto hosts = head.count(beast::http::field::host);
  if (hosts > 1 || (head.version() == 11 && hosts == 0)) {
    return problem(400, "malformed_request", "A request needs exactly one Host header.", request.id);
  }
  if (!has_plain_framing(head)) {
    return problem(400, "malformed_request",
                   "A body's end must be told in one way: by one Content-Length, or by Transfer-Encoding: chunked.",
                   request.id);
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
  co_await client_.write(text, listener_.limits().write);
}

ClientGone Session::Connection::body_failure(error_code failure) const {
  using Cause = ClientGone::Cause;
  if (client_.timed_out()) return {Cause::kStalled, "timed out"};
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
    // Our own time, as with a slow disk, is not the client's.
    const Clock::duration limit = listener_.limits().body;
    const auto started = Clock::now();
    client_.await_until(started +
                        std::min(limit, limit + std::chrono::seconds(body_bytes_ / kLeastBodySpeed) - body_awaited_));
    error_code failure;
    co_await beast::http::async_read_some(client_.socket(), input_, *parser_, asio::redirect_error(use_task, failure));
    body_awaited_ += Clock::now() - started;
    if (failure && failure != beast::http::error::need_buffer) throw body_failure(failure);
  }
  client_.await_over();
  body_bytes_ += buffer.size() - body.size;
  co_return buffer.size() - body.size;
}

void Session::Connection::log(const Request& request, const Response& response, Clock::time_point started, bool sent) {
  const std::chrono::duration<double, std::milli> took = Clock::now() - started;
  base::log::frequent("request", {{"id", request.id},
                                  {"client", request.client_address},
                                  {"method", request.is_head ? "HEAD" : request.method},
                                  {"path", loggable(request.path)},
                                  {"status", response.status},
                                  {"sent", sent},
                                  {"bytes", writer_.take_body_bytes()},
                                  {"ms", took.count()},
                                  {"user", request.viewer ? request.viewer->id.str() : "-"}});
}

}  // namespace luot::http
