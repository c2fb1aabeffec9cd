#include "features/auth/auth.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "features/auth/auth_store.hpp"

namespace luot::auth {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;

constexpr std::size_t kTokenBytes = 32;

std::string hash_of(const std::string& refresh_token) {
  return base::base64url_encode(base::sha256(refresh_token));
}

Error invalid_refresh_token() {
  return {ErrorKind::kUnauthenticated,
          "invalid_refresh_token",
          "This refresh token is not valid any more; log in again.",
          {}};
}

}  // namespace

Auth::Auth(ports::Database& database, ports::SharedState& state, users::Users& users, const AccessTokens& tokens,
           base::BlockingPool& hashers, const ports::Clock& clock, std::string_view refresh_key, AuthOptions options)
    : database_(database),
      state_(state),
      users_(users),
      tokens_(tokens),
      hashers_(hashers),
      clock_(clock),
      refresh_key_(refresh_key),
      options_(options),
      decoy_hash_(base::hash_password(base::random_bytes(16))) {
}

Session Auth::session(users::User user, std::string refresh_token) const {
  auto access_token = tokens_.issue({user.id, user.username}, clock_.now());
  return {std::move(user), std::move(access_token), std::move(refresh_token)};
}

std::string Auth::successor_of(const std::string& refresh_token) const {
  return base::base64url_encode(refresh_key_.sign(refresh_token));
}

Task<Session> Auth::open_session(users::User user) {
  auto token = base::base64url_encode(base::random_bytes(kTokenBytes));
  const auto family = base::random_id(clock_.now());
  auto insert = insert_refresh_token(hash_of(token), family, user.id);
  const auto outcome = co_await database_.atomically(ports::unit(std::move(insert)));
  if (!outcome.done()) throw std::runtime_error("refresh token not inserted");
  co_return session(std::move(user), std::move(token));
}

Task<Result<Session>> Auth::register_user(Registration registration) {
  auto hash = co_await hashers_.run([&] { return base::hash_password(registration.password); });
  users::NewUser new_user;
  new_user.username = std::move(registration.username);
  new_user.email = std::move(registration.email);
  new_user.password_hash = std::move(hash);
  LUOT_CO_TRY(auto user, co_await users_.create(std::move(new_user), clock_.now()));
  co_return co_await open_session(std::move(user));
}

// Whoever guesses from many addresses still has one account's wrong tries. Unknown accounts have theirs, too.
Task<Result<bool>> Auth::admit_login(std::string account) {
  if (!options_.login_rate) co_return true;
  const auto decision = co_await state_.peek(std::move(account), *options_.login_rate);
  if (decision.allowed) co_return true;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(decision.retry_after);
  co_return Error{ErrorKind::kTooMany,
                  "rate_limited",
                  "Too many wrong tries for this account; try again in " + std::to_string(wait.count()) + " s.",
                  {},
                  wait};
}

Task<Result<Session>> Auth::login(std::string email, std::string password) {
  const auto account = "account|" + base::base64url_encode(base::sha256(base::to_lower_ascii(email)));
  LUOT_CO_TRY([[maybe_unused]] const bool admitted, co_await admit_login(account));
  auto found = co_await users_.credentials(std::move(email));
  const auto& hash = found ? found->password_hash : decoy_hash_;
  const bool matches = co_await hashers_.run([&] { return base::verify_password(password, hash); });
  if (!found || !matches) {
    if (options_.login_rate) co_await state_.take(account, *options_.login_rate, 1);
    co_return Error{
        ErrorKind::kUnauthenticated, "invalid_credentials", "The email address or the password is wrong.", {}};
  }
  co_return co_await open_session(std::move(found->user));
}

Task<Result<Session>> Auth::refresh(std::string refresh_token) {
  const auto hash = hash_of(refresh_token);
  auto successor = successor_of(refresh_token);
  const auto outcome = co_await database_.atomically(
      ports::unit(rotate_refresh_token(hash), insert_successor(hash_of(successor), hash)));
  if (!outcome.done()) {
    const auto rows = co_await database_.read(select_refresh_token(hash));
    if (rows.empty()) co_return invalid_refresh_token();
    const auto token = read_refresh_token(rows[0]);
    if (!token.rotated_recently) {
      // Either it just expired, or somebody else holds a stolen copy: nobody of this family goes on.
      co_await database_.atomically(delete_family(token.family));
      co_return invalid_refresh_token();
    }
  }
  const auto rows = co_await database_.read(select_refresh_token(hash_of(successor)));
  if (rows.empty()) co_return invalid_refresh_token();  // logged out meanwhile
  auto user = co_await users_.find(read_refresh_token(rows[0]).user);
  if (!user) co_return invalid_refresh_token();
  co_return session(*std::move(user), std::move(successor));
}

Task<void> Auth::logout(std::string refresh_token) {
  const auto rows = co_await database_.read(select_refresh_token(hash_of(refresh_token)));
  if (rows.empty()) co_return;
  co_await database_.atomically(delete_family(read_refresh_token(rows[0]).family));
}

}  // namespace luot::auth
