#include "features/engagement/subject_reader.hpp"

#include "features/engagement/engagement_store.hpp"

namespace luot::engagement {

base::Task<base::Result<Subject>> SubjectReader::find_visible(base::VideoId video, std::optional<base::UserId> user) {
  const SubjectQuestion question(video, user);
  auto subject = co_await ask(question);
  if (!subject || !videos::may_see(subject->video, user)) co_return videos::video_not_found();
  co_return *std::move(subject);
}

base::Task<std::vector<std::optional<Subject>>> SubjectReader::answer(std::vector<SubjectQuestion> questions) {
  const auto rows = co_await database_.read(select_subjects(questions));
  std::vector<std::optional<Subject>> subjects(questions.size());
  for (const auto& row : rows.rows)
    subjects.at(static_cast<std::size_t>(row.integer(0))) = read_subject(row);
  co_return subjects;
}

}  // namespace luot::engagement
