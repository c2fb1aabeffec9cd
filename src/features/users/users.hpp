// Users: who they are and how they are found.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "features/users/name_cache.hpp"
#include "ports/database.hpp"

namespace luot::http {
class Router;
}

namespace luot::users {

struct User {
  base::UserId id;
  std::string username;  // as its owner writes it; compared without case
  std::string email;     // in lower case
  base::Time created_at;
};

// A user as others see one beside a video or a comment.
struct Author {
  base::UserId id;
  std::string username;
};

struct NewUser {
  std::string username;
  std::string email;
  std::string password_hash;
};

struct Credentials {
  User user;
  std::string password_hash;
};

class Users {
 public:
  explicit Users(ports::Database& database) : database_(database) {}

  // Errors: 409 username_taken, email_taken. `user` has passed username_problem() and email_problem().
  base::Task<base::Result<User>> create(NewUser user, base::Time now);
  base::Task<std::optional<User>> find(base::UserId id);
  base::Task<std::optional<User>> find_by_username(std::string username);
  base::Task<std::optional<Credentials>> credentials(std::string email);
  // Of each, in the order of `ids`; empty where there is no such user.
  base::Task<std::vector<std::string>> names_of(std::vector<base::UserId> ids);

 private:
  ports::Database& database_;
  NameCache names_{65'536};
};

// What is wrong with it, or nothing: 3-30 of A-Z a-z 0-9 _ . ; 3-254 bytes around one @, without space.
std::optional<std::string> username_problem(std::string_view username);
std::optional<std::string> email_problem(std::string_view email);

base::Error user_not_found();
boost::json::object to_json(const Author& author);
boost::json::object public_json(const User& user);   // what anyone may see
boost::json::object private_json(const User& user);  // what the user himself may see

// GET /me, GET /users/{username}
void add_routes(http::Router& router, Users& users);

}  // namespace luot::users
