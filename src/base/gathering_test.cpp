#include "base/gathering.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

namespace luot::base {
namespace {

// Doubles numbers, a turn of the loop later, and notes what it was asked at once.
class Doubling final : public Gathering<int, int> {
 public:
  using Gathering::Gathering;
  std::vector<std::vector<int>> asked;

 private:
  Task<std::vector<int>> answer(std::vector<int> questions) override {
    asked.push_back(questions);
    co_await asio::post(use_task);
    std::vector<int> answers;
    for (const int question : questions) {
      if (question < 0) throw std::runtime_error("negative");
      answers.push_back(2 * question);
    }
    co_return answers;
  }
};

Task<void> ask(Doubling* doubling, int question, std::vector<int>* answers) {
  bool failed = false;
  int answer = 0;
  try {
    answer = co_await doubling->ask(question);
  } catch (const std::runtime_error&) {
    failed = true;
  }
  answers->push_back(failed ? -1 : answer);
}

class GatheringTest : public ::testing::Test {
 protected:
  void ask_all(Doubling& doubling, std::initializer_list<int> questions) {
    for (const int question : questions)
      asio::co_spawn(loop_, ask(&doubling, question, &answers_), asio::detached);
    loop_.restart();
    loop_.run();
  }
  asio::io_context loop_{1};
  std::vector<int> answers_;
};

TEST_F(GatheringTest, WhoAsksInOneTurnIsAnsweredTogether) {
  Doubling doubling(10);
  ask_all(doubling, {1, 2, 3});
  EXPECT_EQ(doubling.asked, (std::vector<std::vector<int>>{{1, 2, 3}}));
  EXPECT_EQ(answers_, (std::vector<int>{2, 4, 6}));
}

TEST_F(GatheringTest, NoMoreThanSoManyAtOnce) {
  Doubling doubling(2);
  ask_all(doubling, {1, 2, 3, 4, 5});
  EXPECT_EQ(doubling.asked, (std::vector<std::vector<int>>{{1, 2}, {3, 4}, {5}}));
  EXPECT_EQ(answers_, (std::vector<int>{2, 4, 6, 8, 10}));
}

TEST_F(GatheringTest, AFaultIsEverybodysWhoAskedTogetherAndNobodyElses) {
  Doubling doubling(2);
  ask_all(doubling, {1, -2, 3});
  EXPECT_EQ(answers_, (std::vector<int>{-1, -1, 6}));
  ask_all(doubling, {4});
  EXPECT_EQ(answers_.back(), 8) << "the line goes on";
}

}  // namespace
}  // namespace luot::base
