#include "features/users/users_store.hpp"

namespace luot::users {
namespace {

constexpr ports::Sql kInsert{"insert_user", R"(
  insert into users (id, username, email, password_hash, created_at) values ($1, $2, $3, $4, $5))"};
constexpr ports::Sql kById{"user_by_id", "select id, username, email, created_at from users where id = $1"};
constexpr ports::Sql kByUsername{"user_by_username", R"(
  select id, username, email, created_at from users where lower(username) = lower($1))"};
constexpr ports::Sql kCredentials{"user_credentials", R"(
  select id, username, email, created_at, password_hash from users where email = $1)"};
constexpr ports::Sql kNames{
    "usernames", "select id, username from users where id in (select value from json_each($1))",
    "select id, username from users where id in (select json_array_elements_text($1::json)::bigint)"};

}  // namespace

ports::Statement insert_user(const User& user, const std::string& password_hash) {
  return ports::Statement(kInsert, user.id, user.username, user.email, password_hash, user.created_at);
}

ports::Statement select_user(base::UserId id) {
  return ports::Statement(kById, id);
}

ports::Statement select_user_by_username(std::string_view username) {
  return ports::Statement(kByUsername, username);
}

ports::Statement select_credentials(std::string_view email) {
  return ports::Statement(kCredentials, email);
}

ports::Statement select_usernames(std::span<const base::UserId> ids) {
  return ports::Statement(kNames, ports::id_list(ids));
}

User read_user(const ports::Row& row) {
  return {row.id<base::UserId>(0), row.text(1), row.text(2), row.time(3)};
}

}  // namespace luot::users
