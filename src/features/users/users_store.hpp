// All SQL about users.
#pragma once

#include <span>

#include "features/users/users.hpp"

namespace luot::users {

ports::Statement insert_user(const User& user, const std::string& password_hash);
ports::Statement select_user(base::UserId id);
ports::Statement select_user_by_username(std::string_view username);
ports::Statement select_credentials(std::string_view email);           // a user's columns, then password_hash
ports::Statement select_usernames(std::span<const base::UserId> ids);  // id, username
User read_user(const ports::Row& row);

}  // namespace luot::users
