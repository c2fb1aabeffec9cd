// All SQL about sign-ins. Tokens are stored as base64url(SHA-256(token)).
#pragma once

#include "base/ids.hpp"
#include "ports/database.hpp"

namespace luot::auth {

struct RefreshToken {
  std::int64_t family = 0;
  base::UserId user;
  bool rotated_recently = false;  // within the grace
};

ports::Statement insert_refresh_token(const std::string& hash, std::int64_t family, base::UserId user);
// Touches one row where the token may still be rotated, and must.
ports::Statement rotate_refresh_token(const std::string& hash);
ports::Statement insert_successor(const std::string& successor_hash, const std::string& hash);
ports::Statement select_refresh_token(const std::string& hash);
RefreshToken read_refresh_token(const ports::Row& row);
std::vector<ports::Statement> delete_family(std::int64_t family);
ports::Statement delete_expired_tokens();  // at most 10,000

}  // namespace luot::auth
