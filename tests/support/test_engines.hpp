// Where the engines are that CTest's fixture `engines` (or `scripts/test_engines start FOLDER`) has started.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace luot::test_engines {

inline std::string told(const std::string& name) {
  const char* folder = std::getenv("LUOT_TEST_ENGINES");
  if (folder == nullptr) {
    throw std::runtime_error(
        "this test needs engines: run `scripts/test_engines start FOLDER`, then it with LUOT_TEST_ENGINES=FOLDER");
  }
  std::ifstream file(std::string(folder) + "/" + name);
  if (!file) throw std::runtime_error(std::string(folder) + "/" + name + " is missing: are the engines running?");
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string postgres_url() {
  return told("postgres_url");
}

inline std::string redis_url() {
  return told("redis_url");
}

// http://127.0.0.1:PORT
inline std::string s3_endpoint() {
  return told("s3_endpoint");
}

inline std::string s3_access_key() {
  return told("s3_access_key");
}

inline std::string s3_secret_key() {
  return told("s3_secret_key");
}

}  // namespace luot::test_engines
