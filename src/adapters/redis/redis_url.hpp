// redis://[user:password@]host[:port][/database], or rediss:// with TLS, and then perhaps ?ca=file
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
  bool tls = false;
  std::string ca_file;  // whose certificates are believed in place of the system's; may be empty
};

// Its text never holds the URL, which may hold a password.
class InvalidUrl : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Percent-encoded characters of user, password and file are decoded. Throws InvalidUrl.
RedisUrl parse_url(std::string_view text);

}  // namespace luot::redis
