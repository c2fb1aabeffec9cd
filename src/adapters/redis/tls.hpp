// TLS to Redis: OpenSSL on a socket that never blocks.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace luot::redis {

// Whose certificates are believed. Constant, and shared by all connections.
class TlsTrust {
 public:
  // The certificates of that file (PEM), or the system's where `ca_file` is empty. Throws std::runtime_error, whose
  // text names the file.
  explicit TlsTrust(const std::string& ca_file);

 private:
  friend class TlsSession;
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

// Client's side of one connection. What cannot be done now fails with would_block: then waits_to_write() tells what to
// wait for.
class TlsSession {
 public:
  // `socket` is connected to `host`, whose name (or address) the certificate must hold.
  TlsSession(const TlsTrust& trust, const std::string& host, int socket);

  // Before all else. Where it fails for good, reason() is why.
  void shake_hands(boost::system::error_code& failure);
  std::size_t write_some(boost::asio::const_buffer bytes, boost::system::error_code& failure);
  std::size_t read_some(boost::asio::mutable_buffer room, boost::system::error_code& failure);

  [[nodiscard]] bool waits_to_write() const { return waits_to_write_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  // The socket is about to be closed, and its number may soon be another's: everything fails from now on.
  void abandon() { abandoned_ = true; }

 private:
  // `call(session)` is one of OpenSSL's, which returns 1 where it was done.
  template <typename Call>
  void attempt(Call call, boost::system::error_code& failure);
  // What `result` of such a call means.
  boost::system::error_code failure_of(int result);
  [[nodiscard]] std::string why_not_trusted() const;

  struct Free {
    void operator()(ssl_st* session) const;
  };
  const std::string host_;
  std::unique_ptr<ssl_st, Free> session_;
  std::string reason_;
  bool waits_to_write_ = false;
  bool abandoned_ = false;
};

}  // namespace luot::redis
