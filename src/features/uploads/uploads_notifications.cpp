#include "features/uploads/uploads_notifications.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.hpp"

namespace luot::uploads {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;

Error malformed(std::string detail) {
  return {ErrorKind::kMalformed, "malformed_notification", std::move(detail), {}};
}

Result<json::value> parse_object(std::string_view text) {
  boost::system::error_code failure;
  json::parse_options options;
  options.max_depth = 16;
  auto value = json::parse(text, failure, {}, options);
  if (failure) return malformed("This is not valid JSON in UTF-8: " + failure.message() + ".");
  if (!value.is_object()) return malformed("A notification is a JSON object.");
  return value;
}

// The text at the end of `path`; empty where there is none.
std::string_view text_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const auto* at = &value;
  for (const auto name : path) {
    const auto* object = at->if_object();
    at = object != nullptr ? object->if_contains(name) : nullptr;
    if (at == nullptr) return {};
  }
  const auto* text = at->if_string();
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

// AWS and Ceph leave "s3:" out of the names, MinIO does not.
bool tells_of_creation(std::string_view event) {
  if (event.starts_with("s3:")) event.remove_prefix(3);
  return event.starts_with("ObjectCreated:");
}

void add(Notification& notification, std::string key) {
  if (!key.empty() && std::ranges::find(notification.created, key) == notification.created.end()) {
    notification.created.push_back(std::move(key));
  }
}

Result<Notification> read_records(const json::array& records) {
  if (records.size() > kMostRecords)
    return malformed("A notification may have at most " + std::to_string(kMostRecords) + " records.");
  Notification notification;
  for (const auto& record : records) {
    if (!record.is_object()) return malformed("A record is a JSON object.");
    if (!tells_of_creation(text_at(record, {"eventName"}))) continue;
    // AWS and MinIO encode keys, Ceph does not; ours are of letters, digits and '/', which MinIO encodes. A key that
    // cannot be decoded is not ours.
    add(notification, base::percent_decode(text_at(record, {"s3", "object", "key"})).value_or(""));
  }
  return notification;
}

Result<Notification> read_event(const json::value& event) {
  if (const auto* records = event.as_object().if_contains("Records")) {
    if (!records->is_array()) return malformed("\"Records\" must be a list.");
    return read_records(records->get_array());
  }
  Notification notification;
  if (text_at(event, {"Event"}) == "s3:TestEvent") return notification;  // AWS, when notifications are set up
  if (text_at(event, {"detail-type"}).empty()) return malformed("This is no event of an object store that is known.");
  if (text_at(event, {"detail-type"}) == "Object Created") {
    add(notification, std::string(text_at(event, {"detail", "object", "key"})));
  }
  return notification;
}

}  // namespace

Result<Notification> read_notification(std::string_view body) {
  LUOT_TRY(const auto outer, parse_object(body));
  const auto type = text_at(outer, {"Type"});
  if (type == "Notification") {
    LUOT_TRY(const auto inner, parse_object(text_at(outer, {"Message"})));
    return read_event(inner);
  }
  if (type == "SubscriptionConfirmation" || type == "UnsubscribeConfirmation") {
    return Notification{{}, std::string(text_at(outer, {"SubscribeURL"}))};
  }
  return read_event(outer);
}

}  // namespace luot::uploads
