// MD5 (RFC 1321). S3 wants it as the check sum of a few requests' bodies; it protects nothing, and nothing else here
// may use it.
#pragma once

#include <string>
#include <string_view>

namespace luot::s3 {

std::string md5(std::string_view message);  // 16 bytes

}  // namespace luot::s3
