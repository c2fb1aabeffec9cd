// Network addresses of clients.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace luot::base {

// The part of an address that one household shares: IPv6 by /64, IPv4 whole.
std::string network_of(const std::string& address);

// Addresses and networks, as operators list them: "10.0.0.0/8", "::1".
class Networks {
 public:
  Networks() = default;
  // Throws std::invalid_argument for what is neither.
  explicit Networks(const std::vector<std::string>& networks);

  [[nodiscard]] bool contain(const boost::asio::ip::address& address) const;
  [[nodiscard]] bool contain(const std::string& address) const;  // false for what is no address

 private:
  struct Network {
    boost::asio::ip::address_v6 first;  // IPv4 as mapped addresses
    unsigned prefix = 0;                // bits
  };
  std::vector<Network> networks_;
};

// Proxies whose X-Forwarded-For is believed.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Throws as Networks does.
  explicit TrustedProxies(const std::vector<std::string>& networks) : networks_(networks) {}

  // The client's address: `peer`, or, where that is a trusted proxy, the rightmost address of the header that is not.
  [[nodiscard]] std::string client_of(const std::string& peer, std::string_view forwarded_for) const;

 private:
  Networks networks_;
};

}  // namespace luot::base
