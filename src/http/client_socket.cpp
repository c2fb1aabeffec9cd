#include "http/client_socket.hpp"

#include <sys/sendfile.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "http/request.hpp"

namespace luot::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Task;
using base::use_task;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxDrained = 256 * 1024;  // of an unread body, so that the client sees the answer

}  // namespace

ClientSocket::ClientSocket(Socket socket) : socket_(std::move(socket)) {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);  // also for the calls that are made past Asio
}

std::string ClientSocket::address() const {
  error_code failure;
  const auto peer = socket_.remote_endpoint(failure);
  return failure ? std::string() : peer.address().to_string();
}

void ClientSocket::await_until(Clock::time_point deadline) {
  deadline_ = deadline;
  timed_out_ = false;
}

void ClientSocket::hasten(Clock::time_point deadline) {
  if (deadline_ != kNone) deadline_ = std::min(deadline_, deadline);
}

void ClientSocket::expire(Clock::time_point now) {
  if (now < deadline_) return;
  timed_out_ = true;  // the deadline stays: where just now nothing was to be cancelled, what follows is
  error_code ignored;
  socket_.cancel(ignored);
}

Task<void> ClientSocket::write(std::span<const asio::const_buffer> buffers, std::chrono::seconds limit) {
  await_until(Clock::now() + limit);
  error_code failure;
  co_await asio::async_write(socket_, buffers, asio::redirect_error(use_task, failure));
  await_over();
  if (failure) throw ClientGone(ClientGone::Cause::kLeft, "write: " + failure.message());
}

// With word to the system that more follows: both may go in one packet.
Task<void> ClientSocket::send_head(std::string_view head, error_code& failure) {
  const auto sent = socket_.send(asio::buffer(head), MSG_MORE, failure);
  if (failure && failure != asio::error::would_block) co_return;
  failure.clear();
  if (sent == head.size()) co_return;
  co_await asio::async_write(socket_, asio::buffer(head.substr(sent)), asio::redirect_error(use_task, failure));
}

Task<void> ClientSocket::write(std::string_view head, const FileSlice& slice, std::chrono::seconds limit) {
  await_until(Clock::now() + limit);
  error_code failure;
  co_await send_head(head, failure);
  auto at = static_cast<::off_t>(slice.offset);
  const auto end = at + static_cast<::off_t>(slice.length);
  while (!failure && at < end) {
    const auto count = ::sendfile(socket_.native_handle(), slice.file->fd(), &at, static_cast<std::size_t>(end - at));
    if (count > 0) continue;
    if (count == 0) {
      failure = asio::error::eof;
    } else if (errno == EAGAIN) {
      co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(use_task, failure));
    } else if (errno != EINTR) {
      failure.assign(errno, boost::system::system_category());
    }
  }
  await_over();
  if (failure) throw ClientGone(ClientGone::Cause::kLeft, "write: " + failure.message());
}

Task<void> ClientSocket::linger() {
  error_code failure;
  socket_.shutdown(tcp::socket::shutdown_send, failure);
  await_until(Clock::now() + std::chrono::seconds(2));
  std::size_t drained = 0;
  std::array<char, 4096> scratch{};
  while (!failure && drained < kMaxDrained) {
    drained += co_await socket_.async_read_some(asio::buffer(scratch), asio::redirect_error(use_task, failure));
  }
}

void ClientSocket::shut_down() {
  await_over();
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
}

}  // namespace luot::http
