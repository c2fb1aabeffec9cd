// What an object store says over HTTP of new objects: S3's events, as AWS, Ceph and MinIO send them, bare or in an SNS
// envelope, and EventBridge's. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace luot::uploads {

inline constexpr std::size_t kLargestNotification =
    512UL * 1024;  // bytes; SNS sends at most 256 KiB, in JSON once more
inline constexpr std::size_t kMostRecords = 1000;

struct Notification {
  std::vector<std::string> created;  // keys, each once
  // What begins a subscription of SNS, or begins it again: for the operator, who knows whether he wants it. Whoever
  // fetches URLs that come in can be made to fetch anything.
  std::string confirm_url;
};

// Error: 400 malformed_notification.
base::Result<Notification> read_notification(std::string_view body);

}  // namespace luot::uploads
