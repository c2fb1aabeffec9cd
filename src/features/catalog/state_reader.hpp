// Reads what decides of videos whether and how they are shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/gathering.hpp"
#include "base/ids.hpp"
#include "ports/database.hpp"

namespace luot::catalog {

// What decides whether and how a card is shown, and what changes with every view.
struct CardState {
  base::VideoId id;
  base::UserId owner;
  std::optional<std::string> rev;
  std::int64_t edits = 0;
  bool ready = false;
  std::string visibility;
  std::int64_t view_count = 0;
  std::int64_t like_count = 0;
  std::int64_t comment_count = 0;
  bool liked = false;  // by who asks
};

struct StateQuestion {
  std::vector<base::VideoId> ids;
  std::optional<base::UserId> viewer;
};

class StateReader final : base::Gathering<StateQuestion, std::vector<CardState>> {
 public:
  // At most sixteen pages a statement: one of hundreds of rows would keep everybody behind it waiting.
  explicit StateReader(ports::Database& database) : Gathering(16), database_(database) {}

  // In the order of `ids`; those that are no more are left out.
  base::Task<std::vector<CardState>> read(std::vector<base::VideoId> ids, std::optional<base::UserId> viewer) {
    return ask({std::move(ids), viewer});
  }

 private:
  base::Task<std::vector<std::vector<CardState>>> answer(std::vector<StateQuestion> questions) override;

  ports::Database& database_;
};

}  // namespace luot::catalog
