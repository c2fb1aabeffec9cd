// Questions that are answered together: what is asked on a loop while an answer is under way goes into the next one, so
// a crowd costs a round trip a turn, and nobody gets what is older than his question. Where answers overlap, what is
// asked in a turn does not wait for the answers of turns before.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "base/loop_local.hpp"
#include "base/suspension.hpp"

namespace luot::base {

// Safe to ask from all loops, each of which has its own line. Outlives the loops' work.
template <typename Question, typename Answer>
class Gathering {
 public:
  enum class Answers { kOneByOne, kOverlap };
  // `most`: questions of an answer.
  explicit Gathering(std::size_t most, Answers answers = Answers::kOneByOne) : most_(most), answers_(answers) {}
  virtual ~Gathering() = default;

  // Throws what answer() throws.
  Task<Answer> ask(Question question) {
    Executor executor = co_await asio::this_coro::executor;
    auto& loop = executor.context();
    const auto line = lines_.of(loop, [] { return std::make_shared<Line>(); });
    Asker asker{std::move(question), std::nullopt, nullptr, {}};
    line->waiting.push_back(&asker);
    // It ends when nobody asks any more.
    if (!std::exchange(line->answering, true)) {
      asio::co_spawn(loop, answer_all(line), [](const std::exception_ptr&) {});
    }
    co_await suspend([&asker](Suspension suspension) { asker.suspension = std::move(suspension); });
    if (asker.fault) std::rethrow_exception(asker.fault);
    co_return *std::move(asker.answer);
  }

 protected:
  // One for each question, in their order.
  virtual Task<std::vector<Answer>> answer(std::vector<Question> questions) = 0;

 private:
  struct Asker {
    Question question;
    std::optional<Answer> answer;
    std::exception_ptr fault;
    Suspension suspension;
  };
  // Of a loop. Askers lie in the frames of those who wait.
  struct Line {
    std::vector<Asker*> waiting;
    bool answering = false;
  };

  // Begins when who asked first waits, and all others of this turn of the loop.
  Task<void> answer_all(std::shared_ptr<Line> line) {
    Executor executor = co_await asio::this_coro::executor;
    co_await asio::post(use_task);
    while (!line->waiting.empty()) {
      const auto count = static_cast<std::ptrdiff_t>(std::min(line->waiting.size(), most_));
      std::vector<Asker*> askers(line->waiting.begin(), line->waiting.begin() + count);
      line->waiting.erase(line->waiting.begin(), line->waiting.begin() + count);
      if (answers_ == Answers::kOverlap) {
        asio::co_spawn(executor, answer_these(std::move(askers)), [](const std::exception_ptr&) {});
      } else {
        co_await answer_these(std::move(askers));
      }
    }
    line->answering = false;
  }

  Task<void> answer_these(std::vector<Asker*> askers) {
    std::vector<Question> questions;
    questions.reserve(askers.size());
    for (auto* asker : askers)
      questions.push_back(std::move(asker->question));
    std::exception_ptr fault;
    try {
      auto answers = co_await answer(std::move(questions));
      for (std::size_t i = 0; i < askers.size(); ++i)
        askers[i]->answer.emplace(std::move(answers.at(i)));
    } catch (...) {
      fault = std::current_exception();
    }
    for (auto* asker : askers) {
      asker->fault = fault;
      asker->suspension.resume();
    }
  }

  const std::size_t most_;
  const Answers answers_;
  LoopLocal<Line> lines_;
};

}  // namespace luot::base
