#include "http/listener.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "http/error_response.hpp"
#include "http/session.hpp"

namespace luot::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Task;
using base::use_task;

namespace {

constexpr std::size_t kCrowd = 100;  // sessions of a loop

}  // namespace

Listener::Listener(base::EventLoop& loop, const Dispatcher& dispatcher, base::BlockingPool& files,
                   const ServerLimits& limits, std::atomic<std::size_t>& connections)
    : loop_(loop),
      dispatcher_(dispatcher),
      files_(files),
      limits_(limits),
      connections_(connections),
      acceptor_(loop.context.get_executor()) {
  base::fill_random(std::as_writable_bytes(std::span(&request_number_, 1)));
}

Listener::~Listener() = default;

void Listener::open(const tcp::endpoint& endpoint) {
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.set_option(ReusePort(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(4096);
}

void Listener::start() {
  asio::post(loop_.context, [this] {
    loop_.tasks.spawn("accept", accept());
    loop_.tasks.spawn("deadlines", watch_deadlines());
  });
}

void Listener::drain() {
  asio::post(loop_.context, [this] {
    draining_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto* session : sessions_)
      session->drain();
  });
}

Task<void> Listener::accept() {
  while (acceptor_.is_open()) {
    boost::system::error_code failure;
    auto socket = co_await acceptor_.async_accept(asio::redirect_error(use_task, failure));
    if (failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor) co_return;
    if (failure) {  // out of descriptors: wait for others to end
      base::log::warning("accept failed", {{"error", failure.message()}});
      base::Timer pause(loop_.context.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(use_task);
      continue;
    }
    if (connections_.load(std::memory_order_relaxed) >= limits_.connections) {
      loop_.tasks.spawn("refuse", refuse(std::move(socket)));
    } else {
      loop_.tasks.spawn("session", serve(std::move(socket)));
    }
  }
}

Task<void> Listener::serve(Socket socket) {
  connections_.fetch_add(1, std::memory_order_relaxed);
  std::exception_ptr fault;
  {
    Session session(std::move(socket), *this);
    sessions_.insert(&session);
    try {
      co_await session.run();
    } catch (...) {
      fault = std::current_exception();
    }
    sessions_.erase(&session);
  }
  connections_.fetch_sub(1, std::memory_order_relaxed);
  if (fault) std::rethrow_exception(fault);
}

Task<void> Listener::refuse(Socket socket) {
  const auto id = next_request_id();
  const auto answer = problem(503, "overloaded", "Too many connections; try again shortly.", id);
  const auto& body = std::get<std::string>(answer.body);
  const std::string text = "HTTP/1.1 503 Service Unavailable\r\nServer: luot\r\nDate: " + http_date() +
                           "\r\nX-Request-Id: " + id +
                           "\r\nX-Content-Type-Options: nosniff\r\nContent-Type: " + answer.content_type +
                           "\r\nCache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body;
  base::log::warning("connection refused", {{"id", id}, {"status", 503}, {"connections", connections_.load()}});
  boost::system::error_code ignored;
  co_await asio::async_write(socket, asio::buffer(text), asio::redirect_error(use_task, ignored));
  socket.shutdown(tcp::socket::shutdown_send, ignored);
  // Closing with the request unread would reset the connection, and the answer with it.
  base::Timer moment(loop_.context.get_executor(), std::chrono::milliseconds(200));
  co_await moment.async_wait(use_task);
  std::array<char, 4096> scratch{};
  socket.non_blocking(true, ignored);
  for (int reads = 0; reads < 16 && !ignored; ++reads)
    socket.read_some(asio::buffer(scratch), ignored);
}

Task<void> Listener::watch_deadlines() {
  // One look at every session twice a second costs less than a timer for every operation.
  base::Timer tick(loop_.context.get_executor());
  while (true) {
    tick.expires_after(std::chrono::milliseconds(500));
    co_await tick.async_wait(use_task);
    const auto now = std::chrono::steady_clock::now();
    for (auto* session : sessions_)
      session->expire(now);
    give_memory_back_of_crowds();
  }
}

// What a crowd leaves behind lies free between what is in use, and the allocator would keep it. It is given back when
// no more leave: the last ones hold what others left beside them.
void Listener::give_memory_back_of_crowds() {
  const auto now = sessions_.size();
  most_sessions_ = std::max(most_sessions_, now);
  const bool leaving = now < std::exchange(last_sessions_, now);
  if (leaving || most_sessions_ - now < kCrowd) return;
  most_sessions_ = now;
  base::give_memory_back();
}

const std::string& Listener::http_date() {
  const auto now = base::wall_clock();
  if (const auto second = base::unix_seconds(now); second != date_second_) {
    date_second_ = second;
    date_ = base::format_http_date(now);
  }
  return date_;
}

std::string Listener::next_request_id() {
  return base::encode_id(static_cast<std::int64_t>(request_number_++));
}

}  // namespace luot::http
