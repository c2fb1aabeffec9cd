// Cursors: a context, a cursor that may be forged, and from the third line on a position to seal.
#include "base/cursor.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

const base::CursorSealer kSealer{base::SigningKeys("current", "previous")};
const base::CursorSealer kFormer{base::SigningKeys("previous")};

bool is_issued(std::string_view context, std::string_view position, std::string_view cursor) {
  return kSealer.seal(context, position) == cursor || kFormer.seal(context, position) == cursor;
}

void check_forged(std::string_view context, std::string_view cursor) {
  const auto position = kSealer.open(context, cursor);
  require(!position || is_issued(context, *position, cursor), "only what we sealed is opened, to the letter");
  require(!kSealer.open_keyset(context, cursor).has_value() || position, "a keyset is sealed like any other position");
}

void check_sealed(std::string_view context, std::string_view position) {
  const auto cursor = kSealer.seal(context, position);
  require(kSealer.open(context, cursor) == position, "a cursor gives back its position");
  require(kSealer.open(context, kFormer.seal(context, position)) == position, "the previous key is accepted");
  require(!kFormer.open(context, cursor), "another key is not");
  require(!kSealer.open(std::string(context) + "|", cursor), "a cursor is good for its own list alone");
  const auto changed = mangled(cursor, position);
  require(changed == cursor || !kSealer.open(context, changed), "a changed cursor is refused");
}

void check_keyset(std::string_view context, std::string_view numbers) {
  Lines lines(numbers);
  const base::Keyset last{base::Time(std::chrono::microseconds(lines.number())), lines.number()};
  const auto opened = kSealer.open_keyset(context, kSealer.seal_keyset(context, last));
  require(opened && opened->time == last.time && opened->id == last.id, "a keyset comes back");
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  std::string context(lines.next());
  std::erase(context, '\0');  // contexts are made of routes, ids and names, which have none
  check_forged(context, lines.next());
  check_sealed(context, lines.rest());
  check_keyset(context, lines.rest());
}

}  // namespace luot::fuzz
