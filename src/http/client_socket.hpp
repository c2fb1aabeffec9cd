// A client's socket, with the one deadline of whatever is awaited on it.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <span>
#include <string_view>

#include "base/async.hpp"
#include "http/listener.hpp"
#include "http/response.hpp"

namespace luot::http {

class ClientSocket {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ClientSocket(Socket socket);

  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] std::string address() const;

  // What is awaited next has until then; what is over has no deadline.
  void await_until(Clock::time_point deadline);
  void await_over() { deadline_ = kNone; }
  // What is awaited just now, if anything, has until then at most.
  void hasten(Clock::time_point deadline);
  void expire(Clock::time_point now);  // cancels what is past its deadline
  [[nodiscard]] bool timed_out() const { return timed_out_; }

  // Throws ClientGone.
  base::Task<void> write(std::span<const boost::asio::const_buffer> buffers, std::chrono::seconds limit);
  // `head`, and the slice of a file that is in memory, which the system sends without copying it.
  base::Task<void> write(std::string_view head, const FileSlice& slice, std::chrono::seconds limit);
  // Takes what the client still sends, for a moment: closing with unread input would reset the connection, and the
  // client might never see the answer.
  base::Task<void> linger();
  void shut_down();

 private:
  base::Task<void> send_head(std::string_view head, boost::system::error_code& failure);

  static constexpr Clock::time_point kNone = Clock::time_point::max();

  Socket socket_;
  Clock::time_point deadline_ = kNone;
  bool timed_out_ = false;
};

}  // namespace luot::http
