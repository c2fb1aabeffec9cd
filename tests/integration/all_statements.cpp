#include "all_statements.hpp"

#include "features/auth/auth_store.hpp"
#include "features/catalog/catalog_store.hpp"
#include "features/comments/comments_store.hpp"
#include "features/engagement/buffered_store.hpp"
#include "features/engagement/engagement_store.hpp"
#include "features/feed/feed_store.hpp"
#include "features/jobs/jobs_store.hpp"
#include "features/reclaim/reclaim_store.hpp"
#include "features/transcoding/transcoding_store.hpp"
#include "features/uploads/uploads_store.hpp"
#include "features/users/users_store.hpp"
#include "features/videos/videos_store.hpp"

namespace luot {
namespace {

using Statements = std::vector<ports::Statement>;

const base::VideoId kVideo{1};
const base::UserId kUser{1};
const base::CommentId kComment{1};
const std::vector<base::VideoId> kVideos{{1}, {2}, {3}};
const base::Keyset kPlace = base::Keyset::newest();
const std::string kText = "text";
const std::vector<base::UserId> kUsers(20, kUser);

Statements of_auth_and_users() {
  using namespace auth;
  using namespace users;
  auto list = ports::unit(insert_refresh_token(kText, 1, kUser), rotate_refresh_token(kText),
                          insert_successor(kText, kText), select_refresh_token(kText), delete_expired_tokens(),
                          insert_user({kUser, kText, kText, base::wall_clock()}, kText), select_user(kUser),
                          select_user_by_username(kText), select_credentials(kText), select_usernames(kUsers));
  std::ranges::move(delete_family(1), std::back_inserter(list));
  return list;
}

Statements of_catalog_and_comments() {
  using namespace catalog;
  using namespace comments;
  auto list = ports::unit(select_cards(kVideos, kUser), select_cards(kVideos, std::nullopt),
                          select_states({{kVideos, kUser}, {kVideos, std::nullopt}}), select_files(kVideos),
                          select_videos_of(kUser, Scope::kAll, kPlace, 20),
                          select_videos_of(kUser, Scope::kListed, kPlace, 20), select_listing_changes(0, 1000),
                          uncount_comment(kComment, kVideo), select_comments(kVideo, kPlace, 20),
                          select_comment(kComment, kVideo), delete_comment(kComment, kVideo));
  const std::vector<Post> posts{{kComment, kVideo, kUser, kText}, {{2}, {2}, {2}, kText}};
  std::ranges::move(post_comments(posts), std::back_inserter(list));
  return list;
}

Statements of_engagement() {
  using namespace engagement;
  const Watcher watcher{kText, kText};
  const Added added{true, true, true, 1000};
  auto list =
      ports::unit(insert_report(kVideo, kUser, watcher, added, std::nullopt),
                  insert_report(kVideo, std::nullopt, watcher, added, std::nullopt),
                  insert_report(kVideo, kUser, watcher, added, base::wall_clock()),
                  insert_report(kVideo, std::nullopt, watcher, added, base::wall_clock()), select_recent_reports(0),
                  select_sync_state(), delete_old_reports(), insert_like(kUser, kVideo), delete_like(kUser, kVideo),
                  count_like(kVideo), uncount_like(kUser, kVideo));
  std::ranges::move(move_reports(0, 1000), std::back_inserter(list));
  return list;
}

Statements of_buffered_engagement() {
  using namespace engagement;
  const ports::ViewBatch views{kText, {{kVideo, 1, 1, 1, 1000}}, {{kUser, kVideo}}};
  const ports::LikeBatch likes{{kText, kText}, {{kUser, kVideo, true}, {{2}, kVideo, false}}};
  auto list = ports::unit(select_subjects({{kVideo, kUser}, {kVideo, std::nullopt}}), delete_old_view_batches(),
                          select_likers(kVideo, 1000), select_like_offset());
  std::ranges::move(add_view_batch(views), std::back_inserter(list));
  std::ranges::move(move_likes({kText, kText}, likes), std::back_inserter(list));
  return list;
}

Statements of_feed() {
  using namespace feed;
  auto list =
      ports::unit(select_newest(std::nullopt, 20), select_unseen(kUser, 1, kPlace, 20),
                  select_seen(kUser, 1, kPlace, 20), select_seen_of(kUser, 1, kVideos), select_hottest(1000),
                  select_current(), select_fresh_head(), select_head(1), select_latest_lists(), delete_old_heads());
  std::ranges::move(replace_head(1, {kVideos, kVideos}), std::back_inserter(list));
  return list;
}

Statements of_jobs_and_reclaim() {
  const jobs::Job job{{1}, kVideo, kText, 1, kText, false};
  return ports::unit(jobs::select_due(kText), jobs::claim_due(kText, kText), jobs::requeue(job, 1, kText),
                     jobs::unclaim(job), jobs::give_way(job, 1), jobs::enqueue({1}, kText, kVideo, kText, 1),
                     jobs::renew(job), jobs::finish(job), jobs::quarantine(job, kText), reclaim::select_due(),
                     reclaim::begin_sweep(kText), reclaim::end_sweep(kText),
                     reclaim::doom(kText, std::chrono::seconds(1)), reclaim::hasten(kText), reclaim::spare(kText),
                     transcoding::select_progress(kVideo));
}

Statements of_uploads() {
  using namespace uploads;
  const NewUpload upload{kText, kText, videos::Visibility::kPublic, kText, kText, 1};
  const PartPlan plan{1, 1, 1};
  return ports::unit(lock_quota(kUser), count_upload(kUser, kVideo, 1, {}), select_begun(kUser), forget_old_counts(),
                     insert_upload(kVideo, kText, upload, std::nullopt, kUrlLife),
                     insert_upload(kVideo, kText, upload, plan, kUrlLife), select_upload(kVideo),
                     set_store_id(kVideo, kText), select_due_uploads(), look_again_later(kVideo),
                     complete_upload(kVideo));
}

Statements of_videos() {
  using namespace videos;
  auto list = ports::unit(
      select_video(kVideo), insert_video({kVideo, kUser, kText, kText, Visibility::kPublic}), delete_video(kVideo),
      start_processing(kVideo), set_progress(kVideo, Stage::kProbing, 1), give_up(kVideo, {kText, kText}),
      lock_jobs_of_video(kVideo), delete_any_video(kVideo), update_video(kVideo, {}, Which::kAny),
      update_video(kVideo, {kText, kText, Visibility::kPublic}, Which::kAny),
      update_revision(kVideo, kText, {kText, std::nullopt, std::nullopt, std::nullopt}),
      update_revision(kVideo, kText, {kText, kText, kText, kText}), move_files(kVideo, kText, kText));
  Publication publication{kVideo, kText, kText, {}, {}, 1, 1, 1, {{kText, kText, 1, 1, 1}}, true, {}};
  std::ranges::move(publish(publication), std::back_inserter(list));
  publication.poster_key = publication.preview_key = publication.replaces = kText;
  std::ranges::move(publish(publication), std::back_inserter(list));
  return list;
}

}  // namespace

std::multimap<std::string, ports::Statement> all_statements() {
  std::multimap<std::string, ports::Statement> all;
  for (const auto make : {of_auth_and_users, of_catalog_and_comments, of_engagement, of_buffered_engagement, of_feed,
                          of_jobs_and_reclaim, of_uploads, of_videos}) {
    for (auto& statement : make())
      all.emplace(statement.sql().name, std::move(statement));
  }
  return all;
}

}  // namespace luot
