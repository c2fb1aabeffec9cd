// Reads what the database says of videos to those who report, like or unlike.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/gathering.hpp"
#include "features/engagement/counting.hpp"
#include "ports/database.hpp"

namespace luot::engagement {

using SubjectQuestion = std::pair<base::VideoId, std::optional<base::UserId>>;

class SubjectReader final : base::Gathering<SubjectQuestion, std::optional<Subject>> {
 public:
  explicit SubjectReader(ports::Database& database) : Gathering(100), database_(database) {}

  // Error: 404 video_not_found, also for what `user` may not see.
  base::Task<base::Result<Subject>> find_visible(base::VideoId video, std::optional<base::UserId> user);

 private:
  base::Task<std::vector<std::optional<Subject>>> answer(std::vector<SubjectQuestion> questions) override;

  ports::Database& database_;
};

}  // namespace luot::engagement
