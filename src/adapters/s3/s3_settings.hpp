// Where the bucket is, and how it is addressed:
//   s3://bucket?endpoint=https://...&public_endpoint=https://...&region=...&style=path|virtual&prefix=...
// Without an endpoint: Amazon's, by region.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace luot::s3 {

// "https://bucket.s3.eu-west-1.amazonaws.com" and what stands before a key in each path, such as "/bucket/".
struct Address {
  std::string origin;
  std::string host;  // as the Host header says it, with a port that is not the scheme's
  std::string path;  // of the bucket, with a slash at its end
};

struct Location {
  std::string bucket;
  std::string region;
  std::string prefix;      // of all keys: empty, or with a slash at its end
  Address address;         // for this server
  Address public_address;  // for clients, whose URLs it stands in
};

// `url` is what follows "s3:". Throws std::runtime_error, whose text is for the operator.
Location parse_location(std::string_view url);

struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::optional<std::string> session_token;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Throws std::runtime_error where they are not set.
Credentials read_credentials(const Environment& environment);

}  // namespace luot::s3
