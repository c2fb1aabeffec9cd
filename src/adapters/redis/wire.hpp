// The bytes of one connection at a time: TCP, with TLS on it where the URL wants that.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "adapters/redis/redis_url.hpp"
#include "adapters/redis/tls.hpp"
#include "base/async.hpp"

namespace luot::redis {

// Used from its own loop only.
class Wire {
 public:
  using Socket = base::asio::basic_stream_socket<base::asio::ip::tcp, base::Executor>;
  using error_code = boost::system::error_code;

  // `trust` is nothing where there is to be no TLS.
  Wire(base::asio::io_context& loop, const TlsTrust* trust);

  // Throws std::runtime_error, also where it was closed meanwhile.
  base::Task<void> reach(RedisUrl url, std::chrono::steady_clock::time_point until);
  base::Task<void> write(std::string bytes);
  base::Task<std::size_t> read_some(base::asio::mutable_buffer room);

  // Without waiting: fails with would_block where nothing can be written now. wait_writable() then.
  std::size_t write_some(base::asio::const_buffer bytes, error_code& failure);
  template <typename Handler>
  void wait_writable(Handler handler) {
    socket_.async_wait(Socket::wait_write, std::move(handler));
  }
  // `room` and this stay until `handler(failure, count)` is called.
  template <typename Handler>
  void async_read_some(base::asio::mutable_buffer room, Handler handler) {
    if (!tls_) return socket_.async_read_some(room, std::move(handler));
    read_later(tls_, room, std::move(handler));
  }
  // What nothing is expected from: whether the other side has ended it, or sends something.
  [[nodiscard]] bool is_over();
  // Whatever waits for it fails.
  void close();

 private:
  template <typename Handler>
  void read_later(std::shared_ptr<TlsSession> tls, base::asio::mutable_buffer room, Handler handler) {
    error_code failure;
    const auto count = tls->read_some(room, failure);
    if (failure != base::asio::error::would_block) {
      base::asio::post(loop_, [handler = std::move(handler), failure, count]() mutable { handler(failure, count); });
      return;
    }
    const auto wanted = tls->waits_to_write() ? Socket::wait_write : Socket::wait_read;
    socket_.async_wait(wanted, [this, tls, room, handler = std::move(handler)](const error_code& stopped) mutable {
      if (stopped) return handler(stopped, 0);
      read_later(std::move(tls), room, std::move(handler));
    });
  }
  base::Task<void> shake_hands(RedisUrl url);
  base::Task<void> wait_for(std::shared_ptr<TlsSession> tls);

  base::asio::io_context& loop_;
  const TlsTrust* trust_;
  Socket socket_;
  std::shared_ptr<TlsSession> tls_;  // of the present connection
};

}  // namespace luot::redis
