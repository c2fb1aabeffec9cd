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

// A triple is a question's index, its viewer, and an id.
#define LUOT_STATES(triples)                                                                                  \
  "select t.place, v.id, v.user_id, v.rev, v.edits, case when v.status = 'ready' then 1 else 0 end, "         \
  "v.visibility, v.view_count, v.like_count, v.comment_count, case when exists (select 1 from likes l where " \
  "l.video_id = v.id and l.user_id = t.user_id) then 1 else 0 end from " triples " join videos v on v.id = t.id"
constexpr ports::Sql kStates{
    "card_states",
    LUOT_STATES("(select json_extract(value, '$[0]') as place, json_extract(value, '$[1]') as user_id, "
                "json_extract(value, '$[2]') as id from json_each($1)) t"),
    LUOT_STATES("(select (triple->>0)::bigint as place, (triple->>1)::bigint as user_id, (triple->>2)::bigint as id "
                "from json_array_elements($1::json) triple) t")};

constexpr ports::Sql kFiles{
    "card_files",
    "select video_id, quality, file_url, width, height, bitrate from video_files "
    "where video_id in (select value from json_each($1)) order by video_id, width",
    "select video_id, quality, file_url, width, height, bitrate from video_files "
    "where video_id in (select json_array_elements_text($1::json)::bigint) order by video_id, width"};

constexpr ports::Sql kListingChanges{
    "listing_changes", "select number, video_id from listing_changes where number > $1 order by number desc limit $2"};

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

ports::Statement select_states(const std::vector<StateQuestion>& questions) {
  std::string triples = "[";
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto& [ids, viewer] = questions[i];
    const auto start = "[" + std::to_string(i) + "," + (viewer ? std::to_string(viewer->value) : "null") + ",";
    for (const auto id : ids) {
      if (triples.size() > 1) triples += ",";
      triples.append(start).append(std::to_string(id.value)).append("]");
    }
  }
  return ports::Statement(kStates, triples + "]");
}

CardState read_state(const ports::Row& row) {
  return {row.id<base::VideoId>(1), row.id<base::UserId>(2), row.optional_text(3),
          row.integer(4),           row.boolean(5),          row.text(6),
          row.integer(7),           row.integer(8),          row.integer(9),
          row.boolean(10)};
}

ports::Statement select_files(const std::vector<base::VideoId>& ids) {
  return ports::Statement(kFiles, ports::id_list(std::span(ids)));
}

videos::VideoFile read_file(const ports::Row& row) {
  return {row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5)};
}

ports::Statement select_listing_changes(std::int64_t after, std::int64_t limit) {
  return ports::Statement(kListingChanges, after, limit);
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
