#include "http/head_scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace luot::http {
namespace {

// The verdict on `head` whole, which must be the same when it comes byte by byte.
HeadFault verdict(std::string_view head) {
  HeadScan whole(100, 4);
  const auto fault = whole.look(head);
  HeadScan trickling(100, 4);
  auto last = HeadFault::kNone;
  for (std::size_t i = 0; i < head.size() && last == HeadFault::kNone; ++i)
    last = trickling.look(head.substr(i, 1));
  EXPECT_EQ(last, fault) << head;
  return fault;
}

TEST(HeadScan, TakesWhatIsWellFormed) {
  EXPECT_EQ(verdict(""), HeadFault::kNone);
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost: a b \r\n\r\n"), HeadFault::kNone);
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost: a"), HeadFault::kNone);
}

TEST(HeadScan, LooksNoFurtherThanTheHead) {
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\n\r\n body\n with\n lines\n and\n" + std::string(200, 'x')), HeadFault::kNone);
}

TEST(HeadScan, RefusesBareLineFeeds) {
  for (const auto* head : {"GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: a\n", "GET / HTTP/1.1\r\nHost: a\r\n\n", "\n",
                           "GET / HTTP/1.1\r\nA: b\nc: d\r\n\r\n"}) {
    EXPECT_EQ(verdict(head), HeadFault::kBareLineFeed) << head;
  }
}

TEST(HeadScan, RefusesFoldedLines) {
  for (const auto* head : {"GET / HTTP/1.1\r\nA: b\r\n c", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
                           "GET / HTTP/1.1\r\n A: b\r\n\r\n", "GET / HTTP/1.1\r\nA:\r\n \r\n\r\n"}) {
    EXPECT_EQ(verdict(head), HeadFault::kFolded) << head;
  }
}

TEST(HeadScan, BoundsBytesAndLines) {
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\n" + std::string(84, 'x')), HeadFault::kNone);
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\n" + std::string(85, 'x')), HeadFault::kTooLarge);
  EXPECT_EQ(verdict("a\r\nb\r\nc\r\n\r\n"), HeadFault::kNone);
  EXPECT_EQ(verdict("a\r\nb\r\nc\r\nd\r\n\r\n"), HeadFault::kTooLarge);
}

}  // namespace
}  // namespace luot::http
