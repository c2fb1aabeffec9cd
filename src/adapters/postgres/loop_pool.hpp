// The connections of one event loop. Reads are pipelined; units fly together: each is a transaction of its own that
// does not wait for the disk, and the last thing in a flight is one that does
// (docs/decisions/0013-units-in-flights.md).
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>

#include "adapters/postgres/connector.hpp"

namespace luot::postgres {

enum class Role { kRead, kWrite };

// Used from its loop only, but for close().
class LoopPool : public std::enable_shared_from_this<LoopPool> {
 public:
  LoopPool(base::Executor executor, Connector& connector);

  // Throws Unavailable("overloaded") where too many wait already.
  void admit(Role role) const;
  // The request's resume() is called when it has an outcome, results or a fault, within some seconds whatever happens.
  void submit(Role role, RequestPtr request);
  // Once the loop does not run any more: whoever still waits is given up.
  void close();
  // As it was when the loop last sent something, or had nothing under way any more. From any thread.
  [[nodiscard]] ports::Connections connections(Role role) const;

 private:
  struct Slot {
    std::shared_ptr<PostgresConnection> connection;
    RequestPtr session;              // the first request of each connection
    RequestPtr barrier;              // the last of a flight; nothing where none is under way
    std::vector<RequestPtr> flight;  // before the barrier
  };
  // For other threads; written by the loop alone.
  struct Shown {
    std::atomic<std::size_t> open{0};
    std::atomic<std::size_t> in_flight{0};
    std::atomic<std::size_t> waiting{0};
    std::atomic<std::uint64_t> lost{0};
    std::atomic<std::uint64_t> failed{0};
  };
  struct Lane {
    std::vector<Slot> slots;
    std::deque<RequestPtr> waiting;
  };

  static std::size_t index_of(Role role) { return role == Role::kRead ? 0 : 1; }
  Lane& lane(Role role) { return lanes_[index_of(role)]; }
  [[nodiscard]] const Lane& lane(Role role) const { return lanes_[index_of(role)]; }

  void schedule();
  void pump();
  void show();
  void send_reads();
  void send_units();
  static void send_session(Slot& slot);

  void connect_missing();
  void on_connected(Slot& slot, Connector::Outcome outcome);
  void give_up_waiting();
  [[nodiscard]] bool may_connect_soon() const;

  [[nodiscard]] bool is_reader(const Slot& slot) const;
  Shown& shown_of(const Slot& slot) { return shown_[index_of(is_reader(slot) ? Role::kRead : Role::kWrite)]; }
  void settle(Slot& slot, const RequestPtr& request);
  void land(Slot& slot);
  void on_lost(Slot& slot, const std::vector<RequestPtr>& unanswered, const std::string& reason);
  void conclude_unit(const RequestPtr& unit);
  void try_again(const RequestPtr& unit);
  void fail(const RequestPtr& request, std::exception_ptr fault);
  void answer(const RequestPtr& request);

  void tick();
  void look_after();

  base::Executor executor_;
  Connector& connector_;
  std::array<Lane, 2> lanes_;
  std::array<Shown, 2> shown_;         // of lanes_
  std::deque<RequestPtr> unanswered_;  // in order of their deadlines
  base::Timer timer_;
  bool ticking_ = false;
  bool scheduled_ = false;
  bool closed_ = false;
  bool connecting_ = false;  // one at a time
  std::chrono::steady_clock::time_point attempt_began_;
  std::chrono::steady_clock::time_point next_attempt_;
  int failed_attempts_ = 0;  // since the last connection
};

}  // namespace luot::postgres
