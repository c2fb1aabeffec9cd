// A real Redis on a free port of loopback, in a folder of its own, ended with its test. With TLS, it has one port more.
#pragma once

#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace luot {

class RedisProcess {
 public:
  enum class Tls { kNo, kYes };
  explicit RedisProcess(std::vector<std::string> settings = {}, Tls tls = Tls::kNo) : settings_(std::move(settings)) {
    std::string folder = (std::filesystem::temp_directory_path() / "luot-redis-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for redis");
    folder_ = folder;
    port_ = free_port();
    if (tls == Tls::kYes) speak_tls();
    start();
  }
  ~RedisProcess() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  [[nodiscard]] std::string url() const {
    const auto port = std::to_string(tls_port_ > 0 ? tls_port_ : port_);
    return tls_port_ > 0 ? "rediss://127.0.0.1:" + port + "?ca=" + certificate() : "redis://127.0.0.1:" + port;
  }

  void start() {
    // It ends with this thread, whatever ends that.
    std::vector<std::string> words{"setpriv",   "--pdeathsig=KILL",   "redis-server", "--port", std::to_string(port_),
                                   "--bind",    "127.0.0.1",          "--save",       "",       "--appendonly",
                                   "yes",       "--appendfsync",      "always",       "--dir",  folder_.string(),
                                   "--logfile", folder_ / "redis.log"};
    words.insert(words.end(), settings_.begin(), settings_.end());
    std::vector<char*> arguments;
    for (auto& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (::posix_spawnp(&child_, "setpriv", nullptr, nullptr, arguments.data(), environ) != 0) {
      throw std::runtime_error("redis-server did not start");
    }
    // It listens before it has read its file.
    for (int i = 0; i < 500 && ask("PING") != "PONG"; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (ask("PING") != "PONG") throw std::runtime_error("redis-server does not listen");
  }
  void stop() {
    if (child_ == 0) return;
    ::kill(child_, SIGCONT);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  void signal(int number) const { ::kill(child_, number); }

  // What Redis answers to a line, where that is one short value; of a list and on failure nothing.
  [[nodiscard]] std::string ask(const std::string& line) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = loopback(port_);
    std::string reply(4096, '\0');
    ssize_t size = -1;
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
        ::write(socket, (line + "\r\n").data(), line.size() + 2) > 0) {
      size = ::read(socket, reply.data(), reply.size());
    }
    ::close(socket);
    if (size < 3 || reply[0] == '*' || reply[0] == '-' || reply[1] == '-') return {};
    const auto begin = reply[0] == '$' ? reply.find('\n') + 1 : 1;
    return reply.substr(begin, reply.find('\r', begin) - begin);
  }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static int free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    const bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(probe);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
  }
  [[nodiscard]] std::string certificate() const { return (folder_ / "certificate.pem").string(); }
  void speak_tls() {
    const auto key = (folder_ / "key.pem").string();
    const auto command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=redis "
        "-addext subjectAltName=IP:127.0.0.1 -keyout " +
        key + " -out " + certificate() + " 2>/dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("no certificate for redis");
    tls_port_ = free_port();
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"--tls-port", std::to_string(tls_port_)},
                                                          {"--tls-cert-file", certificate()},
                                                          {"--tls-key-file", key},
                                                          {"--tls-auth-clients", "no"}}) {
      settings_.push_back(name);
      settings_.push_back(value);
    }
  }

  std::vector<std::string> settings_;
  std::filesystem::path folder_;
  int port_ = 0;
  int tls_port_ = 0;  // 0: none
  pid_t child_ = 0;
};

}  // namespace luot
