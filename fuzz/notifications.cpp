// What an object store says of new objects.
#include "base/text.hpp"
#include "features/uploads/uploads_notifications.hpp"
#include "fuzz/property.hpp"

#include <set>

namespace luot::fuzz {

void check(std::string_view input) {
  const auto notification = uploads::read_notification(input);
  if (!notification) {
    require(notification.error().code == "malformed_notification", "what cannot be read is malformed");
    require(base::is_clean_utf8(notification.error().detail), "and why is clean text");
    return;
  }
  const auto& created = notification->created;
  require(created.size() <= uploads::kMostRecords, "keys are bounded");
  require(std::set<std::string>(created.begin(), created.end()).size() == created.size(), "each key comes once");
  for (const auto& key : created)
    require(!key.empty() && key.size() <= input.size() && base::is_clean_utf8(key), "a key is clean text of the input");
}

}  // namespace luot::fuzz
