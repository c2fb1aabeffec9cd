// A place in the feed, as a cursor holds it: any bytes, of which those that are a position have one form.
#include "features/feed/walk.hpp"

#include "fuzz/property.hpp"

namespace luot::fuzz {

void check(std::string_view input) {
  const auto position = feed::decode(input);
  if (!position) return;
  require(position->phase == feed::Phase::kUnseen || position->phase == feed::Phase::kSeen, "no cursor is of an end");
  require(feed::encode(*position) == input, "a position has one form");
}

}  // namespace luot::fuzz
