#include "features/reclaim/reclaim_store.hpp"

namespace luot::reclaim {
namespace {

constexpr ports::Sql kDoom{"doom_objects", R"(
  insert into doomed_objects (prefix, due_at, sweeping) values ($1, seconds_from_now($2), 0)
  on conflict (prefix) do update set due_at = excluded.due_at)"};

constexpr ports::Sql kSpare{"spare_objects", "delete from doomed_objects where prefix = $1 and sweeping = 0"};

constexpr ports::Sql kHasten{"hasten_removal", R"(
  update doomed_objects set due_at = now() where prefix = $1 and due_at <= seconds_from_now($2))"};

constexpr ports::Sql kDue{"due_objects", R"(
  select prefix from doomed_objects where due_at <= now() order by due_at limit $1)"};

constexpr ports::Sql kBegin{"begin_sweep", R"(
  update doomed_objects set sweeping = 1 where prefix = $1 and due_at <= now())"};

constexpr ports::Sql kEnd{"end_sweep", "delete from doomed_objects where prefix = $1 and due_at <= now()"};

}  // namespace

ports::Statement doom(const std::string& prefix, std::chrono::seconds delay) {
  return ports::Statement(kDoom, prefix, static_cast<double>(delay.count()));
}

ports::Statement spare(const std::string& prefix) {
  return ports::Statement(kSpare, prefix).must_touch(1);
}

ports::Statement hasten(const std::string& prefix) {
  return ports::Statement(kHasten, prefix, static_cast<double>(std::chrono::seconds(kReplacedAreDue).count()));
}

ports::Statement select_due() {
  return ports::Statement(kDue, kMostAtOnce);
}

ports::Statement begin_sweep(const std::string& prefix) {
  return ports::Statement(kBegin, prefix).must_touch(1);
}

ports::Statement end_sweep(const std::string& prefix) {
  return ports::Statement(kEnd, prefix);
}

}  // namespace luot::reclaim
