#include "features/comments/comments.hpp"

#include "features/comments/comments_store.hpp"

namespace luot::comments {
namespace {

using base::CommentId;
using base::Error;
using base::ErrorKind;
using base::Result;
using base::Task;
using base::UserId;
using base::VideoId;

std::string cursor_context(VideoId video, std::optional<UserId> viewer) {
  return "comments|" + video.str() + "|" + (viewer ? viewer->str() : "-");
}

}  // namespace

Comments::Comments(ports::Database& database, users::Users& users, videos::Videos& videos,
                   const base::CursorSealer& cursors, const ports::Clock& clock)
    : database_(database), posting_(database, clock), users_(users), videos_(videos), cursors_(cursors) {
}

Error comment_not_found() {
  return {ErrorKind::kNotFound, "comment_not_found", "There is no such comment.", {}};
}

Task<Result<Comment>> Comments::post(VideoId video, base::Viewer author, std::string content) {
  const auto posted = co_await posting_.post(video, author.id, content);
  if (!posted) co_return videos::video_not_found();
  co_return Comment{posted->id, video, {author.id, author.username}, std::move(content), posted->created_at};
}

Task<Result<Page>> Comments::list(VideoId video, std::optional<UserId> viewer, std::int64_t limit,
                                  std::optional<std::string> cursor) {
  const auto context = cursor_context(video, viewer);
  std::optional<base::Keyset> after;
  if (cursor) {
    LUOT_CO_TRY(after, cursors_.open_keyset(context, *cursor));
  }
  // One more than asked for tells whether there is a next page.
  const auto rows = co_await database_.read(select_comments(video, after, limit + 1));
  auto found = read_page(rows);
  if (!found.video || !videos::may_see(*found.video, viewer)) co_return videos::video_not_found();
  Page page{std::move(found.comments), std::nullopt};
  if (std::cmp_greater(page.items.size(), limit)) {
    page.items.pop_back();
    const auto& last = page.items.back();
    page.next_cursor = cursors_.seal_keyset(context, {last.created_at, last.id.value});
  }
  std::vector<UserId> authors;
  for (const auto& comment : page.items)
    authors.push_back(comment.author.id);
  auto names = co_await users_.names_of(std::move(authors));
  for (std::size_t i = 0; i < names.size(); ++i)
    page.items[i].author.username = std::move(names[i]);
  co_return page;
}

Task<Result<bool>> Comments::remove(VideoId video, CommentId comment, UserId viewer) {
  LUOT_CO_TRY(const auto found, co_await videos_.find_visible(video, viewer));
  const auto rows = co_await database_.read(select_comment(comment, video));
  if (rows.empty()) co_return comment_not_found();
  if (read_comment(rows[0]).author.id != viewer && found.author.id != viewer) {
    co_return Error{ErrorKind::kForbidden, "forbidden", "This comment is somebody else's.", {}};
  }
  const auto written =
      co_await database_.atomically(ports::unit(uncount_comment(comment, video), delete_comment(comment, video)));
  if (!written.done()) co_return comment_not_found();
  co_return true;
}

}  // namespace luot::comments
