#include "adapters/s3/md5.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace luot::s3 {
namespace {

TEST(Md5, MatchesRfc1321) {
  const auto hex = [](std::string_view text) { return base::hex_encode(md5(text)); };
  EXPECT_EQ(hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

// Around the end of a block, where the length needs one more. Made by Python's hashlib.
TEST(Md5, PadsAroundABlocksEnd) {
  EXPECT_EQ(base::hex_encode(md5(std::string(55, 'x'))), "04364420e25c512fd958a70738aa8f72");
  EXPECT_EQ(base::hex_encode(md5(std::string(56, 'x'))), "668a72d5ba17f08e62dabcafad6db14b");
  EXPECT_EQ(base::hex_encode(md5(std::string(64, 'x'))), "c1bb4f81d892b2d57947682aeb252456");
}

}  // namespace
}  // namespace luot::s3
