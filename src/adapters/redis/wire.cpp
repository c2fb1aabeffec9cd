#include "adapters/redis/wire.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

namespace luot::redis {
namespace {

namespace asio = base::asio;
using asio::ip::tcp;
using base::Task;
using base::use_task;

[[noreturn]] void fail(const TlsSession& tls, const boost::system::error_code& failure) {
  if (tls.reason().empty()) throw boost::system::system_error(failure);
  throw std::runtime_error(tls.reason());
}

}  // namespace

Wire::Wire(asio::io_context& loop, const TlsTrust* trust) : loop_(loop), trust_(trust), socket_(loop) {
}

Task<void> Wire::reach(RedisUrl url, std::chrono::steady_clock::time_point until) {
  asio::ip::basic_resolver<tcp, base::Executor> resolver(loop_);
  const auto places = co_await resolver.async_resolve(url.host, url.port, use_task);
  if (std::chrono::steady_clock::now() >= until) throw std::runtime_error("its name was not found in time");
  co_await asio::async_connect(socket_, places, use_task);
  socket_.set_option(tcp::no_delay(true));
  socket_.non_blocking(true);
  if (trust_ != nullptr) co_await shake_hands(std::move(url));
}

Task<void> Wire::shake_hands(RedisUrl url) {
  const auto tls = std::make_shared<TlsSession>(*trust_, url.host, socket_.native_handle());
  tls_ = tls;
  while (true) {
    error_code failure;
    tls->shake_hands(failure);
    if (!failure) co_return;
    if (failure != asio::error::would_block) fail(*tls, failure);
    co_await wait_for(tls);
  }
}

// Until `tls` can go on.
Task<void> Wire::wait_for(std::shared_ptr<TlsSession> tls) {
  const auto wanted = tls->waits_to_write() ? Socket::wait_write : Socket::wait_read;
  co_await socket_.async_wait(wanted, use_task);
}

Task<void> Wire::write(std::string bytes) {
  if (!tls_) {
    co_await asio::async_write(socket_, asio::buffer(bytes), use_task);
    co_return;
  }
  const auto tls = tls_;
  for (std::size_t written = 0; written < bytes.size();) {
    error_code failure;
    written += tls->write_some(asio::buffer(bytes) + written, failure);
    if (failure && failure != asio::error::would_block) fail(*tls, failure);
    if (failure) co_await wait_for(tls);
  }
}

Task<std::size_t> Wire::read_some(asio::mutable_buffer room) {
  if (!tls_) {
    const auto count = co_await socket_.async_read_some(room, use_task);
    co_return count;
  }
  const auto tls = tls_;
  while (true) {
    error_code failure;
    const auto count = tls->read_some(room, failure);
    if (!failure) co_return count;
    if (failure != asio::error::would_block) fail(*tls, failure);
    co_await wait_for(tls);
  }
}

std::size_t Wire::write_some(asio::const_buffer bytes, error_code& failure) {
  return tls_ ? tls_->write_some(bytes, failure) : socket_.write_some(bytes, failure);
}

// Nobody reads from an idle connection, so that it was closed shows only when somebody looks.
bool Wire::is_over() {
  char byte = 0;
  if (tls_) {
    error_code failure;
    tls_->read_some(asio::buffer(&byte, 1), failure);
    return failure != asio::error::would_block;
  }
  const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Wire::close() {
  if (tls_) tls_->abandon();
  tls_.reset();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace luot::redis
