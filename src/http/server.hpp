// The HTTP/1.1 server: on every event loop a listener of its own on the same port (SO_REUSEPORT).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/blocking_pool.hpp"
#include "base/event_loops.hpp"
#include "http/dispatcher.hpp"

namespace luot::http {

struct ServerLimits {
  std::size_t header_bytes = 24 * 1024;  // request line and headers; beyond: 431
  std::size_t header_fields = 200;       // beyond: 431
  std::size_t target_bytes = 8 * 1024;   // beyond: 414
  std::size_t connections = 20'000;      // beyond: 503 and closed
  std::chrono::seconds idle{75};         // between requests
  std::chrono::seconds header{10};       // from a request's first byte to the end of its header; beyond: 408
  std::chrono::seconds body{30};         // for each piece of a body; beyond: closed
  std::chrono::seconds write{30};        // for each piece of an answer; beyond: closed
};

// Throws std::runtime_error, with a text fit for the operator, for what is no "IP:port". Opens nothing.
void check_listen_address(const std::string& address);

class Listener;

class Server {
 public:
  // `files` reads what is not in the page cache.
  Server(base::EventLoops& loops, const Dispatcher& dispatcher, base::BlockingPool& files, ServerLimits limits);
  ~Server();

  // Takes connections from now on. "127.0.0.1:8080", "[::]:8080"; port 0 takes a free one. Throws std::runtime_error
  // with a text fit for the operator.
  void listen(const std::string& address);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }

  // Takes no more connections, ends idle ones, and waits until each request in flight has its answer, at most `limit`.
  // Call from outside the loops.
  void drain(std::chrono::seconds limit);

 private:
  base::EventLoops& loops_;
  const Dispatcher& dispatcher_;
  base::BlockingPool& files_;
  const ServerLimits limits_;
  std::atomic<std::size_t> connections_{0};
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace luot::http
