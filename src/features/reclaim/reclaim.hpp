// Objects that are to go. A prefix is doomed in the same unit of writing as what makes its objects useless, or before
// objects are written that may never be used; a sweeper removes what is due. So nothing is forgotten in a crash:
// uploads, unpublished and replaced revisions, originals past their time, and all that a deleted video had.
#pragma once

#include <chrono>
#include <string>

#include "base/async.hpp"
#include "ports/database.hpp"
#include "ports/object_store.hpp"

namespace luot::reclaim {

// All objects below `prefix` ("videos/{id}/{rev}/") go after `delay`. Dooming again replaces the time.
ports::Statement doom(const std::string& prefix, std::chrono::seconds delay);
// What was published is doomed with a shorter delay than this when it is replaced, what may yet be published with a
// longer one.
inline constexpr std::chrono::hours kReplacedAreDue{12};
// Objects that were replaced go now. Touches one row where they were, none where they may yet be published.
ports::Statement hasten(const std::string& prefix);
// The objects are kept. Touches one row, and must: once the sweeper has begun with them, it is too late.
ports::Statement spare(const std::string& prefix);

class Reclaimer {
 public:
  Reclaimer(ports::Database& database, ports::ObjectStore& store) : database_(database), store_(store) {}

  // Sweeps every half minute until it is cancelled, and at once again while much is due.
  base::Task<void> run();
  // Removes what is due, at most 100 prefixes. True where more may be.
  base::Task<bool> sweep();

 private:
  base::Task<void> remove(std::string prefix);
  ports::Database& database_;
  ports::ObjectStore& store_;
};

}  // namespace luot::reclaim
