#include "features/catalog/catalog_store.hpp"

namespace luot::catalog {
namespace {

constexpr ports::Sql kCards{
    "cards",
    "select" LUOT_VIDEO_COLUMNS
    ", case when exists (select 1 from likes l where l.video_id = v.id and l.user_id = $2) "
    "then 1 else 0 end, v.edits" LUOT_VIDEO_TABLES "where v.id in (select value from json_each($1))",
    "select" LUOT_VIDEO_COLUMNS
    ", case when exists (select 1 from likes l where l.video_id = v.id and l.user_id = $2) "
    "then 1 else 0 end, v.edits" LUOT_VIDEO_TABLES "where v.id in (select json_array_elements_text($1::json)::bigint)"};

#define LUOT_STATE_COLUMNS                                                                                        \
  "select v.id, v.user_id, v.rev, v.edits, case when v.status = 'ready' then 1 else 0 end, v.visibility, "        \
  "v.view_count, v.like_count, v.comment_count, case when exists (select 1 from likes l where l.video_id = v.id " \
  "and l.user_id = $2) then 1 else 0 end from videos v where v.id in "
constexpr ports::Sql kStates{"card_states", LUOT_STATE_COLUMNS "(select value from json_each($1))",
                             LUOT_STATE_COLUMNS "(select json_array_elements_text($1::json)::bigint)"};

constexpr ports::Sql kFiles{
    "card_files",
    "select video_id, quality, file_url, width, height, bitrate from video_files "
    "where video_id in (select value from json_each($1)) order by video_id, width",
    "select video_id, quality, file_url, width, height, bitrate from video_files "
    "where video_id in (select json_array_elements_text($1::json)::bigint) order by video_id, width"};

constexpr ports::Sql kAllOf{"videos_of_owner", R"(
  select created_at, id from videos where user_id = $1 and (created_at, id) < ($2, $3)
  order by created_at desc, id desc limit $4)"};

constexpr ports::Sql kListedOf{"listed_videos_of", R"(
  select created_at, id from videos
  where user_id = $1 and (created_at, id) < ($2, $3) and status = 'ready' and visibility = 'public'
  order by created_at desc, id desc limit $4)"};

}  // namespace

ports::Statement select_cards(const std::vector<base::VideoId>& ids, std::optional<base::UserId> viewer) {
  return ports::Statement(kCards, ports::id_list(std::span(ids)), viewer);
}

ports::Statement select_states(const std::vector<base::VideoId>& ids, std::optional<base::UserId> viewer) {
  return ports::Statement(kStates, ports::id_list(std::span(ids)), viewer);
}

CardState read_state(const ports::Row& row) {
  return {row.id<base::VideoId>(0), row.id<base::UserId>(1),
          row.optional_text(2),     row.integer(3),
          row.boolean(4),           row.text(5),
          row.integer(6),           row.integer(7),
          row.integer(8),           row.boolean(9)};
}

ports::Statement select_files(const std::vector<base::VideoId>& ids) {
  return ports::Statement(kFiles, ports::id_list(std::span(ids)));
}

videos::VideoFile read_file(const ports::Row& row) {
  return {row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5)};
}

ports::Statement select_videos_of(base::UserId owner, Scope scope, const std::optional<base::Keyset>& after,
                                  std::int64_t limit) {
  const auto from = after.value_or(base::Keyset::newest());
  return ports::Statement(scope == Scope::kAll ? kAllOf : kListedOf, owner, from.time, from.id, limit);
}

std::vector<base::Keyset> read_keysets(const ports::Rows& rows) {
  std::vector<base::Keyset> keys;
  for (const auto& row : rows.rows)
    keys.push_back({row.time(0), row.integer(1)});
  return keys;
}

}  // namespace luot::catalog
