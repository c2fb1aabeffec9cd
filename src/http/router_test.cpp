#include "http/router.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"
#include "http/target.hpp"

namespace luot::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Router sample() {
  Router router;
  for (const auto& [method, pattern] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"GET", "/"},
                                                                  {"GET", "/feed"},
                                                                  {"GET", "/videos/{id}"},
                                                                  {"POST", "/videos/upload"},
                                                                  {"GET", "/videos/{id}/comments"},
                                                                  {"POST", "/videos/{id}/comments"},
                                                                  {"GET", "/{token}/{path...}"}}) {
    router.add({method, pattern, Access::kAnyone, RequestBody::kNone, {}});
  }
  return router;
}

TEST(Router, LiteralsWinOverParametersOverTails) {
  const auto router = sample();
  EXPECT_EQ(router.match("GET", "/").route->pattern, "/");
  EXPECT_EQ(router.match("GET", "/videos/x").route->pattern, "/videos/{id}");
  EXPECT_EQ(router.match("POST", "/videos/upload").route->pattern, "/videos/upload");
  EXPECT_EQ(router.match("GET", "/abc/videos/x/r/../y").route->pattern, "/{token}/{path...}");
  EXPECT_EQ(router.match("GET", "/videos/x/nothing").route->pattern, "/{token}/{path...}");
}

TEST(Router, DecodesParametersButNotTails) {
  const auto router = sample();
  EXPECT_THAT(router.match("GET", "/videos/a%20b").params, ElementsAre(Pair("id", "a b")));
  EXPECT_THAT(router.match("GET", "/t/a%2Fb/c").params, ElementsAre(Pair("token", "t"), Pair("path", "a%2Fb/c")));
  EXPECT_EQ(router.match("GET", "/videos/%zz").route, nullptr);
  EXPECT_EQ(router.match("GET", "/videos/%c3%28").route, nullptr);
}

TEST(Router, TellsWhichMethodsAPathTakes) {
  const auto match = sample().match("DELETE", "/videos/x/comments");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_THAT(match.allowed, ElementsAre("GET", "POST"));
  EXPECT_THAT(sample().match("GET", "/nothing").allowed, ElementsAre());
}

TEST(Router, RefusesTwoHandlersForOneRoute) {
  auto router = sample();
  EXPECT_THROW(router.add({"GET", "/feed", Access::kAnyone, RequestBody::kNone, {}}), std::logic_error);
}

TEST(Target, TakesOriginAndAbsoluteForm) {
  EXPECT_EQ(parse_target("/a/b?x=1")->path, "/a/b");
  EXPECT_EQ(parse_target("/a/b?x=1")->query, "x=1");
  EXPECT_EQ(parse_target("http://host:80/a?b")->path, "/a");
  EXPECT_EQ(parse_target("http://host")->path, "/");
  EXPECT_EQ(parse_target("http://host?next=/videos/upload")->path, "/");
  EXPECT_EQ(parse_target("http://host?next=/videos/upload")->query, "next=/videos/upload");
  for (std::string_view text : {"", "a", "*", "host:443", "/a#b", "http://host#b"})
    EXPECT_FALSE(parse_target(text)) << text;
}

TEST(Target, QueriesAreDecodedStrictly) {
  EXPECT_THAT(*parse_query("a=1&b=x+y&&c=%C6%B0&d"),
              ElementsAre(Pair("a", "1"), Pair("b", "x y"), Pair("c", "ư"), Pair("d", "")));
  for (std::string_view text : {"a=%", "a=%4", "a=%g0", "a=%00", "a=%ff"})
    EXPECT_FALSE(parse_query(text)) << text;
  EXPECT_EQ(base::percent_encode("a b/ư~"), "a%20b%2F%C6%B0~");
}

}  // namespace
}  // namespace luot::http
