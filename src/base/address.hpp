// Network addresses of clients.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace luot::base {

// The part of an address that one household shares: IPv6 by /64, IPv4 whole.
std::string network_of(const std::string& address);

// Proxies whose X-Forwarded-For is believed.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Addresses and networks: "10.0.0.0/8", "::1". Throws std::invalid_argument for anything else.
  explicit TrustedProxies(const std::vector<std::string>& networks);

  // The client's address: `peer`, or, where that is a trusted proxy, the rightmost address of the header that is not.
  [[nodiscard]] std::string client_of(const std::string& peer, std::string_view forwarded_for) const;

 private:
  struct Network {
    boost::asio::ip::address_v6 first;  // IPv4 as mapped addresses
    unsigned prefix = 0;                // bits
  };
  [[nodiscard]] bool trusts(const boost::asio::ip::address& address) const;

  std::vector<Network> networks_;
};

}  // namespace luot::base
