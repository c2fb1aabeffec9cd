// Whether a bucket is such as Luot needs it, tried out on objects of its own that are removed again.
#pragma once

#include <string>
#include <vector>

#include "adapters/s3/s3_client.hpp"
#include "base/finding.hpp"

namespace luot::s3 {

enum class Mend { kNo, kYes };

// `page_origins`: of the web pages that send and fetch videos. With Mend::kYes the bucket's CORS and lifecycle rules
// are set; nothing else is changed. Blocks.
base::Findings check_bucket(Location location, Credentials credentials, const ports::Clock& clock,
                            const std::vector<std::string>& page_origins, Mend mend);

}  // namespace luot::s3
