// Stores comments: all that are posted in a turn of a loop, and while those before them are stored, by one statement a
// table (docs/decisions/0033-comments-are-stored-together.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/gathering.hpp"
#include "base/ids.hpp"
#include "ports/clock.hpp"
#include "ports/database.hpp"

namespace luot::comments {

struct Post {
  base::CommentId id;  // given when it is stored
  base::VideoId video;
  base::UserId author;
  std::string content;
};

struct Posted {
  base::CommentId id;
  base::Time created_at;
};

class Posting final : base::Gathering<Post, std::optional<Posted>> {
 public:
  Posting(ports::Database& database, const ports::Clock& clock) : Gathering(50), database_(database), clock_(clock) {}

  // Stored when it returns; nothing where the author may not see the video, or is no more.
  base::Task<std::optional<Posted>> post(base::VideoId video, base::UserId author, std::string content) {
    Post post{{}, video, author, std::move(content)};
    return ask(std::move(post));
  }

 private:
  base::Task<std::vector<std::optional<Posted>>> answer(std::vector<Post> posts) override;
  base::Task<bool> store(std::vector<Post>& posts, std::vector<std::optional<Posted>>& posted);

  ports::Database& database_;
  const ports::Clock& clock_;
};

}  // namespace luot::comments
