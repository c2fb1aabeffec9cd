#include "http/answer_writer.hpp"

#include <poll.h>

#include <boost/asio/redirect_error.hpp>
#include <charconv>

#include "http/error_response.hpp"

namespace luot::http {

namespace asio = boost::asio;
using base::Task;
using base::use_task;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kFileChunk = 32 * 1024;      // held as long as the client does not read
constexpr std::chrono::seconds kDrainingWrite{2};  // for a piece of a stream that a stopping server waits for
constexpr std::chrono::seconds kLookAgain{1};      // whether a client that has sent more is still there

bool is_bodiless(const Response& response, const Request& request) {
  return request.is_head || response.status == 204 || response.status == 304;
}

// Also where what it sent before is not read yet.
bool has_left(int socket) {
  ::pollfd state{socket, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) > 0;
}

}  // namespace

// Hands a handler's pieces on, and looks after the client and the server's stop while the handler waits.
class AnswerWriter::Stream final : public BodyWriter {
 public:
  Stream(AnswerWriter& answer, bool chunked)
      : answer_(answer),
        client_(answer.client_),
        listener_(answer.listener_),
        chunked_(chunked),
        waiting_(std::make_shared<Waiting>(client_.socket().get_executor())) {
    answer_.stream_ = this;
  }

  ~Stream() override {
    answer_.stream_ = nullptr;
    error_code ignored;
    if (waiting_->watches) client_.socket().cancel(ignored);
  }

  Task<void> write(std::string piece) override {
    constexpr std::string_view kEnd = "\r\n";
    if (piece.empty()) co_return;  // an empty chunk would be the end
    std::array<char, 18> size{};
    auto* end = std::to_chars(size.data(), size.data() + 16, piece.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    const std::array<asio::const_buffer, 3> buffers{
        asio::buffer(size.data(), static_cast<std::size_t>(end - size.data())), asio::buffer(piece),
        asio::buffer(kEnd.data(), kEnd.size())};
    const auto framed = std::span<const asio::const_buffer>(buffers);
    const auto sent = chunked_ ? framed : framed.subspan(1, 1);
    co_await client_.write(sent, time_to_write());
    answer_.body_bytes_ += piece.size();
  }

  Task<void> end() {
    constexpr std::string_view kLastChunk = "0\r\n\r\n";
    if (!chunked_) co_return;
    const std::array<asio::const_buffer, 1> buffers{asio::buffer(kLastChunk.data(), kLastChunk.size())};
    co_await client_.write(buffers, time_to_write());
  }

  Task<bool> pause(std::chrono::milliseconds duration) override {
    const auto end = Clock::now() + duration;
    while (true) {
      watch();
      if (has_left(client_.socket().native_handle())) throw ClientGone(ClientGone::Cause::kLeft, "the client left");
      if (listener_.draining()) co_return false;
      const auto now = Clock::now();
      if (now >= end) co_return true;
      waiting_->timer.expires_at(waiting_->has_input ? std::min(end, now + kLookAgain) : end);
      error_code ignored;
      co_await waiting_->timer.async_wait(asio::redirect_error(use_task, ignored));
    }
  }

  void drain() {
    waiting_->timer.cancel();
    client_.hasten(Clock::now() + kDrainingWrite);
  }

 private:
  // Shared with the handler of the socket's wait, which may run after the stream's end.
  struct Waiting {
    explicit Waiting(base::Executor executor) : timer(executor) {}
    base::Timer timer;
    bool watches = false;
    bool has_input = false;  // the next request, which stays where it is; from then on the socket tells nothing new
  };

  // Wakes the pause when the socket becomes readable, which its end is, too.
  void watch() {
    if (waiting_->watches || waiting_->has_input) return;
    waiting_->watches = true;
    client_.socket().async_wait(Socket::wait_read, [waiting = waiting_](const error_code& failure) {
      waiting->watches = false;
      waiting->has_input = !failure;
      waiting->timer.cancel();
    });
  }

  [[nodiscard]] std::chrono::seconds time_to_write() const {
    const auto limit = listener_.limits().write;
    return listener_.draining() ? std::min(limit, kDrainingWrite) : limit;
  }

  AnswerWriter& answer_;
  ClientSocket& client_;
  Listener& listener_;
  bool chunked_;
  std::shared_ptr<Waiting> waiting_;
};

Task<void> AnswerWriter::write(const Response& response, const Request& request, Framing framing) {
  compose_head(response, request, framing);
  const bool bodiless = is_bodiless(response, request);
  const auto* slice = std::get_if<FileSlice>(&response.body);
  if (slice != nullptr && slice->in_memory && !bodiless) {
    co_await client_.write(head_, *slice, listener_.limits().write);
    body_bytes_ += slice->length;
    co_return;
  }
  std::vector<asio::const_buffer> buffers{asio::buffer(head_)};
  if (!bodiless) {
    if (const auto* text = std::get_if<std::string>(&response.body)) {
      buffers.push_back(asio::buffer(*text));
    } else if (const auto* parts = std::get_if<std::vector<SharedBytes>>(&response.body)) {
      for (const auto& part : *parts)
        buffers.push_back(asio::buffer(part.bytes.data(), part.bytes.size()));
    }
  }
  const auto from_memory = asio::buffer_size(buffers) - head_.size();
  co_await client_.write(buffers, listener_.limits().write);
  body_bytes_ += from_memory;
  if (bodiless) co_return;
  if (slice != nullptr) {
    co_await write_file(*slice);
  } else if (const auto* stream = std::get_if<BodyStream>(&response.body)) {
    co_await write_stream(*stream, framing);
  }
}

void AnswerWriter::drain() {
  if (stream_ != nullptr) stream_->drain();
}

void AnswerWriter::compose_head(const Response& response, const Request& request, Framing framing) {
  head_.clear();
  head_.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_phrase(response.status));
  head_.append("\r\nServer: luot\r\nDate: ").append(listener_.http_date());
  head_.append("\r\nX-Request-Id: ").append(request.id);
  head_.append("\r\nX-Content-Type-Options: nosniff");
  if (!response.content_type.empty()) head_.append("\r\nContent-Type: ").append(response.content_type);
  for (const auto& [name, value] : response.headers)
    head_.append("\r\n").append(name).append(": ").append(value);
  if (std::holds_alternative<BodyStream>(response.body)) {
    if (!request.is_head && !framing.http_1_0) head_.append("\r\nTransfer-Encoding: chunked");
  } else if (response.status != 204 && response.status != 304) {
    head_.append("\r\nContent-Length: ").append(std::to_string(body_size(response.body)));
  }
  if (!framing.keep_alive) {
    head_.append("\r\nConnection: close");
  } else if (framing.http_1_0) {
    head_.append("\r\nConnection: keep-alive");
  }
  head_.append("\r\n\r\n");
}

Task<void> AnswerWriter::write_file(const FileSlice& slice) {
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
    co_await client_.write(piece, listener_.limits().write);
    offset += *count;
    rest -= *count;
    body_bytes_ += *count;
  }
  file_chunk_.reset();
}

Task<void> AnswerWriter::write_stream(const BodyStream& body, Framing framing) {
  Stream stream(*this, !framing.http_1_0);
  co_await body(stream);
  co_await stream.end();
}

}  // namespace luot::http
