#include "features/engagement/subject_reader.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "features/engagement/engagement_store.hpp"

namespace luot::engagement {
namespace {

using base::Task;

constexpr std::size_t kMostQuestions = 100;  // of a read

}  // namespace

Task<std::optional<Subject>> SubjectReader::read(base::VideoId video, std::optional<base::UserId> user) {
  auto& loop = (co_await base::asio::this_coro::executor).context();
  const auto line = lines_.of(loop, [] { return std::make_shared<Line>(); });
  Question question{video, user, std::nullopt, nullptr, {}};
  line->asked.push_back(&question);
  // It ends when nobody asks any more.
  if (!std::exchange(line->reading, true)) {
    base::asio::co_spawn(loop, answer_all(line), [](const std::exception_ptr&) {});
  }
  co_await base::suspend([&question](base::Suspension suspension) { question.suspension = std::move(suspension); });
  if (question.fault) std::rethrow_exception(question.fault);
  co_return std::move(question.answer);
}

// Begins when who asked first waits, and all others of this turn of the loop.
Task<void> SubjectReader::answer_all(std::shared_ptr<Line> line) {
  co_await base::asio::post(base::use_task);
  while (!line->asked.empty()) {
    std::vector<Question*> questions;
    const auto count = std::min(line->asked.size(), kMostQuestions);
    questions.assign(line->asked.begin(), line->asked.begin() + static_cast<std::ptrdiff_t>(count));
    line->asked.erase(line->asked.begin(), line->asked.begin() + static_cast<std::ptrdiff_t>(count));
    co_await answer(std::move(questions));
  }
  line->reading = false;
}

Task<void> SubjectReader::answer(std::vector<Question*> questions) {
  std::vector<std::pair<base::VideoId, std::optional<base::UserId>>> whom;
  for (const auto* question : questions)
    whom.emplace_back(question->video, question->user);
  std::exception_ptr fault;
  try {
    const auto rows = co_await database_.read(select_subjects(whom));
    for (const auto& row : rows.rows)
      questions.at(static_cast<std::size_t>(row.integer(0)))->answer = read_subject(row);
  } catch (...) {
    fault = std::current_exception();
  }
  for (auto* question : questions) {
    question->fault = fault;
    question->suspension.resume();
  }
}

}  // namespace luot::engagement
