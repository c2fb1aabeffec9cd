#include "features/engagement/engagement_store.hpp"

namespace luot::engagement {
namespace {

constexpr ports::Sql kInsertView{"insert_view", R"(
  insert into views (id, video_id, viewer, watched_ms, created_at)
  select $1, $2, $3, $4, now()
  where not exists (select 1 from views where video_id = $2 and viewer = $3 and created_at > seconds_from_now($5)))"};
constexpr ports::Sql kIncrementViews{"increment_views", R"(
  update videos set view_count = view_count + 1 where id = $1 returning view_count)"};
constexpr ports::Sql kViewCount{"view_count", "select view_count from videos where id = $1"};

constexpr ports::Sql kInsertLike{"insert_like", R"(
  insert into likes (user_id, video_id, created_at) values ($1, $2, now()) on conflict do nothing)"};
constexpr ports::Sql kDeleteLike{"delete_like", "delete from likes where user_id = $1 and video_id = $2"};
constexpr ports::Sql kIncrementLikes{"increment_likes", R"(
  update videos set like_count = like_count + 1 where id = $1 returning like_count)"};
constexpr ports::Sql kDecrementLikes{"decrement_likes", R"(
  update videos set like_count = like_count - 1 where id = $1 returning like_count)"};
constexpr ports::Sql kLikeCount{"like_count", "select like_count from videos where id = $1"};

}  // namespace

ports::Statement insert_view(std::int64_t id, base::VideoId video, const std::string& viewer, std::int64_t watched_ms) {
  const auto window = static_cast<double>(std::chrono::seconds(kViewWindow).count());
  return ports::Statement(kInsertView, id, video, viewer, watched_ms, -window).must_touch(1);
}

ports::Statement increment_views(base::VideoId video) {
  return ports::Statement(kIncrementViews, video).must_touch(1);
}

ports::Statement select_view_count(base::VideoId video) {
  return ports::Statement(kViewCount, video);
}

ports::Statement insert_like(base::UserId user, base::VideoId video) {
  return ports::Statement(kInsertLike, user, video).must_touch(1);
}

ports::Statement delete_like(base::UserId user, base::VideoId video) {
  return ports::Statement(kDeleteLike, user, video).must_touch(1);
}

ports::Statement increment_likes(base::VideoId video) {
  return ports::Statement(kIncrementLikes, video).must_touch(1);
}

ports::Statement decrement_likes(base::VideoId video) {
  return ports::Statement(kDecrementLikes, video).must_touch(1);
}

ports::Statement select_like_count(base::VideoId video) {
  return ports::Statement(kLikeCount, video);
}

}  // namespace luot::engagement
