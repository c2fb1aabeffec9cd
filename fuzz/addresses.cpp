// Trusted networks (comma-separated), a peer's address, and X-Forwarded-For, a line each.
#include "base/address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <stdexcept>

#include "base/text.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

namespace ip = boost::asio::ip;

const std::string kForged = "192.0.2.77";

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> items;
  while (true) {
    const auto comma = text.find(',');
    items.emplace_back(base::trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::optional<ip::address> parsed(const std::string& text) {
  boost::system::error_code failure;
  const auto address = ip::make_address(text, failure);
  return failure ? std::nullopt : std::optional(address);
}

void check_household(const std::string& text) {
  const auto network = base::network_of(text);
  require(base::network_of(network) == network, "a network is its own network");
  const auto address = parsed(text);
  if (!address) {
    require(network == text, "what is no address is left alone");
    return;
  }
  if (!address->is_v4()) return;
  require(network == text, "IPv4 is kept whole");
  const auto mapped = ip::make_address_v6(ip::v4_mapped, address->to_v4()).to_string();
  require(base::network_of(mapped) == address->to_string(), "an IPv4 address is one household in either form");
}

void check_client(const std::vector<std::string>& networks, const std::string& peer, std::string_view header) {
  require(base::TrustedProxies().client_of(peer, header) == base::TrustedProxies().client_of(peer, ""),
          "nobody is believed by default");
  try {
    const base::TrustedProxies proxies(networks);
    const auto client = proxies.client_of(peer, header);
    const auto items = split(header);
    const bool named = std::ranges::any_of(items, [&](const auto& item) {
      const auto address = parsed(item);
      return address && address->to_string() == client;
    });
    const bool is_peer = client == peer || (parsed(peer) && parsed(peer)->to_string() == client);
    require(named || is_peer, "a client is the peer or one that the header names");
    // Who is not trusted is the client, whatever stands to the left of him: that is his own say.
    const bool is_stranger = proxies.client_of(client, kForged) == client;
    require(!is_stranger || proxies.client_of(peer, kForged + (", " + std::string(header))) == client,
            "a stranger cannot say who he is");
  } catch (const std::invalid_argument&) {
    return;
  }
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto networks = split(lines.next());
  const std::string peer(lines.next());
  check_household(peer);
  check_client(networks, peer, lines.next());
}

}  // namespace luot::fuzz
