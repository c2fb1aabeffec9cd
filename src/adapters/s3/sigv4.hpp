// Signature Version 4 of Amazon's API, as S3 uses it. Pure.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "adapters/s3/s3_settings.hpp"
#include "base/time.hpp"

namespace luot::s3 {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline constexpr const char* kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::chrono::hours kLongestPresigned{7 * 24};

struct Signable {
  std::string method;
  std::string path;     // encoded, as it is sent
  Pairs query;          // not encoded
  Pairs headers;        // all that are to be signed, "host" among them; names in lower case
  std::string payload;  // its SHA-256 in hexadecimal, or kUnsignedPayload
};

struct Scope {
  base::Time time;
  std::string region;
  std::string service = "s3";
};

std::string timestamp(base::Time time);  // 20130524T000000Z

// name=value&..., in the order given, encoded as S3 wants it.
std::string encode_query(const Pairs& query);

// The Authorization header of a request. "x-amz-date" (timestamp of the scope's time) must be among the headers.
std::string authorization(Signable request, const Credentials& credentials, const Scope& scope);

// The whole query of a URL that anybody may use for `life` from the scope's time on; at most kLongestPresigned.
std::string presigned_query(Signable request, const Credentials& credentials, const Scope& scope,
                            std::chrono::seconds life);

}  // namespace luot::s3
