#include "features/catalog/state_reader.hpp"

#include "features/catalog/catalog_store.hpp"

namespace luot::catalog {

base::Task<std::vector<std::vector<CardState>>> StateReader::answer(std::vector<StateQuestion> questions) {
  const auto rows = co_await database_.read(select_states(questions));
  std::vector<std::vector<CardState>> found(questions.size());
  for (const auto& row : rows.rows)
    found.at(static_cast<std::size_t>(row.integer(0))).push_back(read_state(row));
  std::vector<std::vector<CardState>> states(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    for (const auto id : questions[i].ids) {
      const auto state = std::ranges::find(found[i], id, &CardState::id);
      if (state != found[i].end()) states[i].push_back(*state);
    }
  }
  co_return states;
}

}  // namespace luot::catalog
