#include "base/address.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "base/text.hpp"

namespace luot::base {
namespace {

namespace ip = boost::asio::ip;

ip::address_v6 as_v6(const ip::address& address) {
  return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

bool same_bits(const ip::address_v6& a, const ip::address_v6& b, unsigned bits) {
  const auto left = a.to_bytes();
  const auto right = b.to_bytes();
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> i % 8;
    if ((left[i / 8] & mask) != (right[i / 8] & mask)) return false;
  }
  return true;
}

}  // namespace

std::string network_of(const std::string& address) {
  boost::system::error_code failure;
  const auto parsed = ip::make_address(address, failure);
  if (failure || parsed.is_v4()) return address;
  const auto wide = parsed.to_v6();
  // An IPv4 client of a listener on [::]: all of them share a /64.
  if (wide.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, wide).to_string();
  auto bytes = wide.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return ip::make_address_v6(bytes).to_string();
}

Networks::Networks(const std::vector<std::string>& networks) {
  for (const auto& text : networks) {
    const auto slash = text.find('/');
    boost::system::error_code failure;
    const auto address = ip::make_address(text.substr(0, slash), failure);
    const unsigned longest = address.is_v4() ? 32 : 128;
    unsigned prefix = longest;
    if (slash != std::string::npos) {
      const auto* end = text.data() + text.size();
      const auto [stopped, bad] = std::from_chars(text.data() + slash + 1, end, prefix);
      if (bad != std::errc() || stopped != end) prefix = longest + 1;
    }
    if (failure || prefix > longest) throw std::invalid_argument("\"" + text + "\" is not an address or a network");
    networks_.push_back({as_v6(address), address.is_v4() ? prefix + 96 : prefix});
  }
}

bool Networks::contain(const ip::address& address) const {
  const auto wide = as_v6(address);
  return std::ranges::any_of(networks_, [&](const Network& n) { return same_bits(wide, n.first, n.prefix); });
}

bool Networks::contain(const std::string& address) const {
  boost::system::error_code failure;
  const auto parsed = ip::make_address(address, failure);
  return !failure && contain(parsed);
}

std::string TrustedProxies::client_of(const std::string& peer, std::string_view forwarded_for) const {
  boost::system::error_code failure;
  auto client = ip::make_address(peer, failure);
  while (!failure && !forwarded_for.empty() && networks_.contain(client)) {
    const auto comma = forwarded_for.rfind(',');
    const auto last = trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for = comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
    const auto next = ip::make_address(std::string(last), failure);
    if (!failure) client = next;
  }
  return client.is_unspecified() ? peer : client.to_string();
}

}  // namespace luot::base
