#include "features/comments/posting.hpp"

#include "features/comments/comments_store.hpp"

namespace luot::comments {

using base::Task;

Task<std::vector<std::optional<Posted>>> Posting::answer(std::vector<Post> posts) {
  std::vector<std::optional<Posted>> posted;
  const bool stored = co_await store(posts, posted);
  if (stored) co_return posted;
  // One of them cannot be, whose author is gone: nobody else suffers from it.
  for (auto& post : posts) {
    std::vector<Post> alone{std::move(post)};
    const bool done = co_await store(alone, posted);
    if (!done) posted.emplace_back();
  }
  co_return posted;
}

// Appends an outcome for each. False where nothing was stored, nor appended.
Task<bool> Posting::store(std::vector<Post>& posts, std::vector<std::optional<Posted>>& posted) {
  while (true) {
    for (auto& post : posts)
      post.id = base::CommentId::make(clock_.now());
    const auto written = co_await database_.atomically(post_comments(posts));
    // Where thousands comment in a second, two may be given the same id.
    if (written.broke("comments_pkey")) continue;
    if (!written.done()) co_return false;
    const auto times = read_posted(written);
    for (const auto& post : posts) {
      const auto found = times.find(post.id);
      posted.push_back(found == times.end() ? std::nullopt : std::optional(Posted{post.id, found->second}));
    }
    co_return true;
  }
}

}  // namespace luot::comments
