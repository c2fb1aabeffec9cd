// One loop's share of the server: its acceptor, its sessions and their deadlines.
#pragma once

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <unordered_set>

#include "base/event_loops.hpp"
#include "base/time.hpp"
#include "http/server.hpp"

namespace luot::http {

class Session;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, base::Executor>;

class Listener {
 public:
  Listener(base::EventLoop& loop, const Dispatcher& dispatcher, base::BlockingPool& files, const ServerLimits& limits,
           std::atomic<std::size_t>& connections);
  ~Listener();

  void open(const boost::asio::ip::tcp::endpoint& endpoint);
  void start();
  void drain();  // from any thread

  // For sessions, on the listener's loop.
  [[nodiscard]] const Dispatcher& dispatcher() const { return dispatcher_; }
  [[nodiscard]] const ServerLimits& limits() const { return limits_; }
  [[nodiscard]] base::BlockingPool& files() { return files_; }
  [[nodiscard]] bool draining() const { return draining_; }
  const std::string& http_date();
  std::string next_request_id();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, base::Executor>;
  base::Task<void> accept();
  base::Task<void> serve(Socket socket);
  base::Task<void> refuse(Socket socket);
  base::Task<void> watch_deadlines();
  void give_memory_back_of_crowds();

  base::EventLoop& loop_;
  const Dispatcher& dispatcher_;
  base::BlockingPool& files_;
  const ServerLimits& limits_;
  std::atomic<std::size_t>& connections_;
  Acceptor acceptor_;
  std::unordered_set<Session*> sessions_;
  std::size_t most_sessions_ = 0;  // since memory was last given back
  std::size_t last_sessions_ = 0;  // half a second ago
  bool draining_ = false;
  std::string date_;
  std::int64_t date_second_ = 0;
  std::uint64_t request_number_;
};

}  // namespace luot::http
