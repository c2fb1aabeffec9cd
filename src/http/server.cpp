#include "http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <future>
#include <thread>

#include "http/listener.hpp"

namespace luot::http {
namespace {

using boost::asio::ip::tcp;

tcp::endpoint parse_endpoint(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  boost::system::error_code failure;
  const auto ip = boost::asio::ip::make_address(host, failure);
  const auto* first = address.data() + (colon == std::string::npos ? address.size() : colon + 1);
  const auto* last = address.data() + address.size();
  const auto [stopped, bad_port] = std::from_chars(first, last, port);
  if (failure || bad_port != std::errc() || stopped != last) {
    throw std::runtime_error("cannot listen on \"" + address + "\": give an IP address and a port, as 127.0.0.1:8080");
  }
  return {ip, port};
}

// With SO_REUSEPORT a second server would silently share the port. A plain bind tells; it also picks a free port.
std::uint16_t claim_port(const tcp::endpoint& endpoint) {
  boost::asio::io_context context;
  tcp::acceptor probe(context, endpoint.protocol());
  boost::system::error_code failure;
  probe.set_option(tcp::acceptor::reuse_address(true));
  probe.bind(endpoint, failure);
  if (!failure) probe.listen(1, failure);
  if (failure) {
    throw std::runtime_error("cannot listen on " + endpoint.address().to_string() + ":" +
                             std::to_string(endpoint.port()) + ": " + failure.message() +
                             " (is another server running? LUOT_LISTEN chooses another port)");
  }
  return probe.local_endpoint().port();
}

}  // namespace

void check_listen_address(const std::string& address) {
  parse_endpoint(address);
}

Server::Server(base::EventLoops& loops, const Dispatcher& dispatcher, base::BlockingPool& files, ServerLimits limits)
    : loops_(loops), dispatcher_(dispatcher), files_(files), limits_(limits) {
}

Server::~Server() = default;

void Server::listen(const std::string& address) {
  auto endpoint = parse_endpoint(address);
  port_ = claim_port(endpoint);
  endpoint.port(port_);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    listeners_.push_back(std::make_unique<Listener>(loops_[i], dispatcher_, files_, limits_, connections_));
    listeners_.back()->open(endpoint);
  }
  for (auto& listener : listeners_)
    listener->start();
}

void Server::drain(std::chrono::seconds limit) {
  for (auto& listener : listeners_)
    listener->drain();
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (connections_.load() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace luot::http
