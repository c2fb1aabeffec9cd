#include "features/users/users.hpp"

#include "base/text.hpp"
#include "features/users/users_store.hpp"

namespace luot::users {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;

Task<Result<User>> Users::create(NewUser user, base::Time now) {
  user.email = base::to_lower_ascii(user.email);
  const User created{base::UserId::make(now), user.username, user.email, now};
  const auto outcome = co_await database_.atomically(ports::unit(insert_user(created, user.password_hash)));
  if (outcome.done()) co_return created;
  if (outcome.broke("users_username_key")) {
    co_return Error{ErrorKind::kConflict, "username_taken", "This username is taken.", {}};
  }
  if (outcome.broke("users_email_key")) {
    co_return Error{ErrorKind::kConflict, "email_taken", "There is an account with this email address.", {}};
  }
  throw std::runtime_error("user not inserted: " + outcome.undone().constraint);
}

Task<std::optional<User>> Users::find(base::UserId id) {
  const auto rows = co_await database_.read(select_user(id));
  co_return rows.empty() ? std::nullopt : std::optional(read_user(rows[0]));
}

Task<std::optional<User>> Users::find_by_username(std::string username) {
  const auto rows = co_await database_.read(select_user_by_username(username));
  co_return rows.empty() ? std::nullopt : std::optional(read_user(rows[0]));
}

Task<std::optional<Credentials>> Users::credentials(std::string email) {
  const auto rows = co_await database_.read(select_credentials(base::to_lower_ascii(email)));
  if (rows.empty()) co_return std::nullopt;
  co_return Credentials{read_user(rows[0]), rows[0].text(4)};
}

Task<std::vector<std::string>> Users::names_of(std::vector<base::UserId> ids) {
  std::vector<std::string> names;
  std::vector<base::UserId> unknown;
  for (const auto id : ids) {
    auto name = names_.find(id);
    if (!name) unknown.push_back(id);
    names.push_back(std::move(name).value_or(std::string()));
  }
  if (unknown.empty()) co_return names;
  const auto rows = co_await database_.read(select_usernames(unknown));
  for (const auto& row : rows.rows) {
    const auto found = row.id<base::UserId>(0);
    names_.keep(found, row.text(1));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == found) names[i] = row.text(1);
    }
  }
  co_return names;
}

std::optional<std::string> username_problem(std::string_view username) {
  const bool plain = std::ranges::all_of(username, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.';
  });
  if (plain) return std::nullopt;
  return "may have only letters without accents (A-Z, a-z), digits, _ and . in it.";
}

std::optional<std::string> email_problem(std::string_view email) {
  const auto at = email.find('@');
  const bool spaced = std::ranges::any_of(email, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  if (!spaced && at != 0 && at != std::string_view::npos && at + 1 < email.size() &&
      email.find('@', at + 1) == email.npos) {
    return std::nullopt;
  }
  return "is not an email address.";
}

Error user_not_found() {
  return {ErrorKind::kNotFound, "user_not_found", "There is no such user.", {}};
}

boost::json::object to_json(const Author& author) {
  return {{"id", author.id.str()}, {"username", author.username}};
}

boost::json::object public_json(const User& user) {
  return {{"id", user.id.str()}, {"username", user.username}, {"created_at", base::format_rfc3339(user.created_at)}};
}

boost::json::object private_json(const User& user) {
  auto json = public_json(user);
  json["email"] = user.email;
  return json;
}

}  // namespace luot::users
