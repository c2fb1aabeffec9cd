// Accounts and sign-ins: register, log in, refresh with rotation, log out.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/blocking_pool.hpp"
#include "base/result.hpp"
#include "features/auth/access_tokens.hpp"
#include "features/users/users.hpp"
#include "ports/clock.hpp"
#include "ports/shared_state.hpp"

namespace luot::auth {

inline constexpr std::chrono::hours kRefreshTokenLife{24 * 30};
// A rotated token may be shown again for so long and gets the same successor: two tabs, or an answer that was lost.
inline constexpr std::chrono::seconds kReuseGrace{30};

struct Registration {
  std::string username;
  std::string email;
  std::string password;
};

struct AuthOptions {
  std::optional<ports::Rate> login_rate;  // wrong tries for one account, wherever they come from; nothing: no limit
  bool secure_cookies = false;            // the page is served by https
};

struct Session {
  users::User user;
  std::string access_token;
  std::string refresh_token;
};

class Auth {
 public:
  // `hashers` bounds the password hashing that runs at once; `refresh_key` derives each token's successor.
  Auth(ports::Database& database, ports::SharedState& state, users::Users& users, const AccessTokens& tokens,
       base::BlockingPool& hashers, const ports::Clock& clock, std::string_view refresh_key, AuthOptions options);

  base::Task<base::Result<Session>> register_user(Registration registration);
  // Errors: 401 invalid_credentials, the same for an unknown address and a wrong password; 429 rate_limited.
  base::Task<base::Result<Session>> login(std::string email, std::string password);
  // Error: 401 invalid_refresh_token. Reuse of a rotated token beyond the grace ends the whole family.
  base::Task<base::Result<Session>> refresh(std::string refresh_token);
  // Ends the token's family; an unknown token is no error.
  base::Task<void> logout(std::string refresh_token);

  [[nodiscard]] const AuthOptions& options() const { return options_; }

  // Forgets refresh tokens that have expired, every hour, until it is cancelled.
  base::Task<void> run_sweeper();

 private:
  base::Task<Session> open_session(users::User user);
  base::Task<base::Result<bool>> admit_login(std::string account);
  [[nodiscard]] Session session(users::User user, std::string refresh_token) const;
  [[nodiscard]] std::string successor_of(const std::string& refresh_token) const;

  ports::Database& database_;
  ports::SharedState& state_;
  users::Users& users_;
  const AccessTokens& tokens_;
  base::BlockingPool& hashers_;
  const ports::Clock& clock_;
  const base::HmacKey refresh_key_;
  const AuthOptions options_;
  const std::string decoy_hash_;  // verified for unknown addresses, so that timing does not tell
};

// POST /auth/register, /auth/login, /auth/refresh, /auth/logout
void add_routes(http::Router& router, Auth& auth);

}  // namespace luot::auth
