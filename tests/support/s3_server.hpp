// The S3 server among the test's engines, with a bucket.
#pragma once

#include <stdexcept>
#include <string>

#include "adapters/s3/s3_client.hpp"
#include "ports/object_store.hpp"
#include "test_engines.hpp"

namespace luot {

class S3Server {
 public:
  S3Server() {
    s3::Call make;
    make.method = "PUT";  // the bucket
    s3::S3Client client(location(""), credentials(), clock_);
    const auto answer = client.send(make);
    if (!answer.is_good()) throw std::runtime_error("no bucket: " + answer.code);
  }

  static s3::Credentials credentials() {
    return {test_engines::s3_access_key(), test_engines::s3_secret_key(), {}};
  }
  static s3::Location location(const std::string& prefix) {
    return s3::parse_location("//luot-test?endpoint=" + test_engines::s3_endpoint() + "&prefix=" + prefix);
  }

  // As a client by its signed URL.
  static s3::HttpAnswer put(const ports::SignedRequest& signed_request, const std::string& text) {
    s3::HttpRequest request;
    request.method = signed_request.method;
    request.url = signed_request.url;
    request.headers = signed_request.headers;
    request.body.size = text.size();
    request.body.read = [&text](std::uint64_t offset, std::span<char> out) {
      return text.copy(out.data(), out.size(), offset);
    };
    s3::HttpClient client(std::chrono::seconds(5));
    return client.send(request);
  }

 private:
  ports::SystemClock clock_;
};

}  // namespace luot
