#include "http/cookies.hpp"

#include <gtest/gtest.h>

namespace luot::http {
namespace {

class OneHeader final : public Headers {
 public:
  OneHeader(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  std::string_view find(std::string_view name) const override { return name == name_ ? value_ : std::string_view(); }

 private:
  std::string_view name_;
  std::string_view value_;
};

std::string find_in(std::string_view header, std::string_view name) {
  const OneHeader headers("Cookie", header);
  Request request;
  request.headers = &headers;
  return std::string(cookie(request, name));
}

TEST(Cookies, AreFoundByTheirWholeName) {
  EXPECT_EQ(find_in("a=1; luot=two; b=3", "luot"), "two");
  EXPECT_EQ(find_in("luot=two", "luot"), "two");
  EXPECT_EQ(find_in("luot=a=b", "luot"), "a=b");
  EXPECT_EQ(find_in("xluot=two;luot2=3", "luot"), "");
  EXPECT_EQ(find_in("luot", "luot"), "");
  EXPECT_EQ(find_in(";;=;", "luot"), "");
  EXPECT_EQ(find_in("", "luot"), "");
}

TEST(Cookies, AreForTheServerAlone) {
  EXPECT_EQ(set_cookie({.name = "a", .value = "b", .path = "/auth", .max_age = std::chrono::seconds(60)}),
            "a=b; Path=/auth; Max-Age=60; HttpOnly; SameSite=Strict");
  EXPECT_EQ(set_cookie({.name = "a", .value = "", .secure = true}),
            "a=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
}

TEST(Cookies, AreOnlySetForThoseWhoAsk) {
  const OneHeader asking("Luot-Session", "cookie");
  const OneHeader other("Luot-Session", "Cookie");
  Request request;
  request.headers = &asking;
  EXPECT_TRUE(wants_cookies(request));
  request.headers = &other;
  EXPECT_FALSE(wants_cookies(request));
}

}  // namespace
}  // namespace luot::http
