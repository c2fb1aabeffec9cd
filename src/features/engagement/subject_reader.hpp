// Reads what the database says of videos to those who report, like or unlike: all that ask on a loop while a read is
// under way are answered by the next one, so a crowd costs a read a round trip, and nobody gets what is older than his
// question.
#pragma once

#include <optional>
#include <vector>

#include "base/loop_local.hpp"
#include "base/suspension.hpp"
#include "features/engagement/counting.hpp"
#include "ports/database.hpp"

namespace luot::engagement {

class SubjectReader {
 public:
  explicit SubjectReader(ports::Database& database) : database_(database) {}

  // Nothing where there is no such video.
  base::Task<std::optional<Subject>> read(base::VideoId video, std::optional<base::UserId> user);

 private:
  struct Question {
    base::VideoId video;
    std::optional<base::UserId> user;
    std::optional<Subject> answer;
    std::exception_ptr fault;
    base::Suspension suspension;
  };
  // Of a loop. Questions lie in the frames of those who wait.
  struct Line {
    std::vector<Question*> asked;
    bool reading = false;
  };
  base::Task<void> answer_all(std::shared_ptr<Line> line);
  base::Task<void> answer(std::vector<Question*> questions);

  ports::Database& database_;
  base::LoopLocal<Line> lines_;
};

}  // namespace luot::engagement
