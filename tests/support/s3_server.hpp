// The S3 server that the tests were given: LUOT_TEST_S3_ENDPOINT, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "adapters/s3/s3_client.hpp"
#include "ports/object_store.hpp"

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

  static std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  static s3::Credentials credentials() { return s3::read_credentials(environment); }
  static s3::Location location(const std::string& prefix) {
    const auto endpoint = environment("LUOT_TEST_S3_ENDPOINT");
    if (!endpoint) throw std::runtime_error("LUOT_TEST_S3_ENDPOINT is not set: ctest starts an S3 server and sets it");
    return s3::parse_location("//luot-test?endpoint=" + *endpoint + "&prefix=" + prefix);
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
