// For tests: an HTTP server that answers as it is told to, also as no real one can be told to. It reads requests whose
// bodies have a length, and answers each connection's one after the other.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"

namespace luot::s3 {

struct SeenRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// What is sent, to the letter. An empty one closes the connection without a word.
struct FakeAnswer {
  std::string bytes;
  bool close = false;
  std::chrono::milliseconds after{0};
};

inline FakeAnswer fake_answer(int status, const std::string& body, const std::string& headers = "") {
  return {"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
          headers + "\r\n" + body};
}

class FakeS3 {
 public:
  using Script = std::function<FakeAnswer(const SeenRequest& request, int number)>;  // number: from 1, over all

  explicit FakeS3(Script script) : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, plain, &size) != 0) {
      throw std::runtime_error("the fake server cannot listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~FakeS3() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_)
        ::shutdown(socket, SHUT_RDWR);
    }
    for (auto& thread : threads_)
      thread.join();
    for (const int socket : sockets_)
      ::close(socket);
    ::close(listener_);
  }
  FakeS3(const FakeS3&) = delete;
  FakeS3& operator=(const FakeS3&) = delete;

  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<SeenRequest> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::size_t connections() {
    const std::lock_guard lock(mutex_);
    return sockets_.size();
  }

 private:
  void accept_all() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  }

  void serve(int socket) {
    std::string buffer;
    while (true) {
      SeenRequest request;
      if (!read_request(socket, buffer, request)) break;
      int number = 0;
      {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
        number = static_cast<int>(seen_.size());
      }
      const auto answer = script_(request, number);
      std::this_thread::sleep_for(answer.after);
      if (::send(socket, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL) < 0) break;
      if (answer.close || answer.bytes.empty()) break;
    }
    ::shutdown(socket, SHUT_RDWR);
  }

  static bool fill(int socket, std::string& buffer) {
    char bytes[65536];
    const auto count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count > 0) buffer.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  static bool read_request(int socket, std::string& buffer, SeenRequest& request) {
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!fill(socket, buffer)) return false;
    }
    std::size_t line = buffer.find("\r\n");
    const auto space = buffer.find(' ');
    request.method = buffer.substr(0, space);
    request.target = buffer.substr(space + 1, buffer.find(' ', space + 1) - space - 1);
    while (line < end) {
      const auto next = buffer.find("\r\n", line + 2);
      const auto text = buffer.substr(line + 2, next - line - 2);
      const auto colon = text.find(':');
      request.headers[base::to_lower_ascii(text.substr(0, colon))] = base::trimmed(text.substr(colon + 1));
      line = next;
    }
    buffer.erase(0, end + 4);
    const auto length = request.headers.find("content-length");
    const auto size = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (buffer.size() < size) {
      if (!fill(socket, buffer)) return false;
    }
    request.body = buffer.substr(0, size);
    buffer.erase(0, size);
    return true;
  }

  const Script script_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;  // guards the rest
  std::vector<SeenRequest> seen_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
};

}  // namespace luot::s3
