// redis://[user:password@]host[:port][/database]
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace luot::redis {

struct RedisUrl {
  std::string host;
  std::string port = "6379";
  std::string user;      // may be empty: the password alone then, as Redis before 6 knows it
  std::string password;  // may be empty
  int database = 0;
};

// Its text never holds the URL, which may hold a password.
class InvalidUrl : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Percent-encoded characters of user and password are decoded. Throws InvalidUrl.
RedisUrl parse_url(std::string_view text);

}  // namespace luot::redis
