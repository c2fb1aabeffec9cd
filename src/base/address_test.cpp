#include "base/address.hpp"

#include <gtest/gtest.h>

namespace luot::base {
namespace {

TEST(Address, NetworksAreWhatAHouseholdShares) {
  EXPECT_EQ(network_of("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:2:ffff::"));
  EXPECT_NE(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:3::9"));
  EXPECT_EQ(network_of("::ffff:203.0.113.7"), "203.0.113.7") << "as a listener on [::] names an IPv4 client";
}

TEST(TrustedProxies, NobodyIsTrustedByDefault) {
  EXPECT_EQ(TrustedProxies().client_of("203.0.113.7", "198.51.100.1"), "203.0.113.7");
}

TEST(TrustedProxies, TheRightmostStrangerIsTheClient) {
  const TrustedProxies proxies({"10.0.0.0/8", "192.0.2.1", "fd00::/8"});
  EXPECT_EQ(proxies.client_of("10.1.2.3", "6.6.6.6, 198.51.100.1"), "198.51.100.1") << "clients may forge what is left";
  EXPECT_EQ(proxies.client_of("10.1.2.3", "6.6.6.6, 198.51.100.1 , 192.0.2.1"), "198.51.100.1");
  EXPECT_EQ(proxies.client_of("fd00::1", "2001:db8::5"), "2001:db8::5");
  EXPECT_EQ(proxies.client_of("11.1.2.3", "198.51.100.1"), "11.1.2.3");
  EXPECT_EQ(proxies.client_of("10.1.2.3", ""), "10.1.2.3");
  EXPECT_EQ(proxies.client_of("10.1.2.3", "nonsense"), "10.1.2.3");
  EXPECT_EQ(proxies.client_of("10.1.2.3", "10.9.9.9"), "10.9.9.9");
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/x", "localhost", "::/129", "10.0.0.0/"}) {
    EXPECT_THROW(TrustedProxies({text}), std::invalid_argument) << text;
  }
}

TEST(Networks, HoldAddressesAsTheyAreWritten) {
  const Networks networks({"127.0.0.0/8", "::1", "2001:db8::/32"});
  for (const auto* inside : {"127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "::1", "2001:db8:1::5"})
    EXPECT_TRUE(networks.contain(std::string(inside))) << inside;
  for (const auto* outside : {"128.0.0.1", "::2", "2001:db9::1", "localhost", ""})
    EXPECT_FALSE(networks.contain(std::string(outside))) << outside;
  EXPECT_FALSE(Networks().contain(std::string("127.0.0.1")));
}

}  // namespace
}  // namespace luot::base
