#include "adapters/redis/redis_protocol.hpp"

#include <gtest/gtest.h>

namespace luot::redis {
namespace {

TEST(RedisProtocol, CommandsAreListsOfBytes) {
  std::string bytes;
  Command("SET").add("a\r\nb").add(-7).append_to(bytes);
  EXPECT_EQ(bytes, "*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$2\r\n-7\r\n");
}

TEST(RedisProtocol, RepliesComeWholeFromPiecesOfAnySize) {
  constexpr std::string_view kBytes = "*4\r\n:42\r\n$-1\r\n*2\r\n$3\r\nabc\r\n+OK\r\n-ERR no\r\n:7\r\n";
  for (std::size_t piece = 1; piece <= kBytes.size(); ++piece) {
    ReplyReader reader;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < kBytes.size(); at += piece) {
      reader.feed(kBytes.substr(at, piece));
      while (auto reply = reader.next())
        replies.push_back(*std::move(reply));
    }
    ASSERT_EQ(replies.size(), 2U) << piece;
    const auto& list = replies[0];
    EXPECT_EQ(list[0].integer, 42);
    EXPECT_TRUE(list[1].is_nil());
    EXPECT_EQ(list[2][0].text, "abc");
    EXPECT_EQ(list[2][1].text, "OK");
    EXPECT_TRUE(list[3].is_error());
    EXPECT_EQ(list[3].text, "ERR no");
    EXPECT_EQ(replies[1].integer, 7);
    EXPECT_THROW(static_cast<void>(list[4]), std::out_of_range);
  }
}

TEST(RedisProtocol, WhatIsNoReplyThrows) {
  for (const auto* bytes : {"HTTP/1.1 400 Bad Request\r\n", ":x\r\n", "*2\r\n:1\r\nwhat\r\n"}) {
    ReplyReader reader;
    reader.feed(bytes);
    EXPECT_THROW(reader.next(), std::runtime_error) << bytes;
  }
}

}  // namespace
}  // namespace luot::redis
