#include "features/auth/auth_store.hpp"

#include "features/auth/auth.hpp"

namespace luot::auth {
namespace {

constexpr ports::Sql kInsert{"insert_refresh_token", R"(
  insert into refresh_tokens (token_hash, family_id, user_id, issued_at, expires_at)
  values ($1, $2, $3, now(), seconds_from_now($4)))"};
constexpr ports::Sql kRotate{"rotate_refresh_token",
                             R"(
  update refresh_tokens set rotated_at = now()
  where token_hash = $1 and rotated_at is null and expires_at > now())",
                             R"(
  update refresh_tokens set rotated_at = now()
  from (select pg_advisory_xact_lock(family_id) from refresh_tokens where token_hash = $1) as family
  where token_hash = $1 and rotated_at is null and expires_at > now())"};
constexpr ports::Sql kInsertSuccessor{"insert_successor", R"(
  insert into refresh_tokens (token_hash, family_id, user_id, issued_at, expires_at)
  select $1, family_id, user_id, now(), seconds_from_now($2) from refresh_tokens where token_hash = $3)"};
constexpr ports::Sql kSelect{"refresh_token", R"(
  select family_id, user_id, case when rotated_at between seconds_from_now(-$2) and seconds_from_now($2) then 1 else 0 end
  from refresh_tokens where token_hash = $1)"};
// Before a family is deleted: a rotation that is under way would leave a successor behind. On SQLite units never meet.
constexpr ports::Sql kLockFamily{"lock_family", "select $1", "select pg_advisory_xact_lock($1)"};
constexpr ports::Sql kDeleteFamily{"delete_family", "delete from refresh_tokens where family_id = $1"};

constexpr ports::Sql kDeleteExpired{"delete_expired_tokens", R"(
  delete from refresh_tokens where token_hash in (
    select token_hash from refresh_tokens where expires_at < now() limit 10000))"};

double life_seconds() {
  return static_cast<double>(std::chrono::seconds(kRefreshTokenLife).count());
}

}  // namespace

ports::Statement insert_refresh_token(const std::string& hash, std::int64_t family, base::UserId user) {
  return ports::Statement(kInsert, hash, family, user, life_seconds());
}

ports::Statement rotate_refresh_token(const std::string& hash) {
  return ports::Statement(kRotate, hash).must_touch(1);
}

ports::Statement insert_successor(const std::string& successor_hash, const std::string& hash) {
  return ports::Statement(kInsertSuccessor, successor_hash, life_seconds(), hash).must_touch(1);
}

ports::Statement select_refresh_token(const std::string& hash) {
  return ports::Statement(kSelect, hash, static_cast<double>(kReuseGrace.count()));
}

RefreshToken read_refresh_token(const ports::Row& row) {
  return {row.integer(0), row.id<base::UserId>(1), row.boolean(2)};
}

std::vector<ports::Statement> delete_family(std::int64_t family) {
  return ports::unit(ports::Statement(kLockFamily, family), ports::Statement(kDeleteFamily, family));
}

ports::Statement delete_expired_tokens() {
  return ports::Statement(kDeleteExpired);
}

}  // namespace luot::auth
