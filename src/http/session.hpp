// One connection: reads requests one after the other, and writes their answers in that order.
#pragma once

#include <chrono>
#include <memory>

#include "base/async.hpp"
#include "http/listener.hpp"

namespace luot::http {

class Session {
 public:
  Session(Socket socket, Listener& listener);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  base::Task<void> run();
  void drain();                                            // ends now where idle, else after the answer in flight
  void expire(std::chrono::steady_clock::time_point now);  // cancels what is past its deadline

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace luot::http
