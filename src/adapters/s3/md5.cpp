#include "adapters/s3/md5.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace luot::s3 {
namespace {

using State = std::array<std::uint32_t, 4>;
constexpr std::size_t kBlock = 64;  // bytes

// floor(2^32 * abs(sin(i + 1)))
std::array<std::uint32_t, 64> make_sines() {
  std::array<std::uint32_t, 64> sines{};
  for (std::size_t i = 0; i < sines.size(); ++i)
    sines[i] = static_cast<std::uint32_t>(std::floor(std::ldexp(std::fabs(std::sin(static_cast<double>(i + 1))), 32)));
  return sines;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t word = 0;
  for (std::size_t i = 4; i-- > 0;)
    word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

void add_block(State& state, std::string_view block) {
  static const auto kSines = make_sines();
  constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  auto [a, b, c, d] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    std::uint32_t mixed = 0;
    std::size_t word = 0;
    if (i < 16) {
      mixed = (b & c) | (~b & d);
      word = i;
    } else if (i < 32) {
      mixed = (d & b) | (~d & c);
      word = (5 * i + 1) % 16;
    } else if (i < 48) {
      mixed = b ^ c ^ d;
      word = (3 * i + 5) % 16;
    } else {
      mixed = c ^ (b | ~d);
      word = 7 * i % 16;
    }
    const auto sum = a + mixed + kSines[i] + little_endian(block.substr(4 * word, 4));
    a = std::exchange(d, std::exchange(c, std::exchange(b, b + std::rotl(sum, kTurns[i / 16][i % 4]))));
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::string md5(std::string_view message) {
  std::string padded(message);
  padded.push_back('\x80');
  padded.resize((padded.size() + 8 + kBlock - 1) / kBlock * kBlock - 8, '\0');
  const auto bits = std::uint64_t{message.size()} * 8;
  for (unsigned i = 0; i < 8; ++i)
    padded.push_back(static_cast<char>(bits >> (8 * i)));

  State state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t offset = 0; offset < padded.size(); offset += kBlock)
    add_block(state, std::string_view(padded).substr(offset, kBlock));
  std::string digest;
  for (const auto word : state) {
    for (unsigned i = 0; i < 4; ++i)
      digest.push_back(static_cast<char>(word >> (8 * i)));
  }
  return digest;
}

}  // namespace luot::s3
