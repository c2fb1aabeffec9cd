#include "adapters/postgres/loop_pool.hpp"

#include <random>

#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::postgres {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kReaders = 2;
constexpr std::size_t kWriters = 1;
constexpr std::size_t kDeepest = 256;        // reads on one connection
constexpr std::size_t kLargestFlight = 256;  // units before one wait for the disk
constexpr std::size_t kLongestQueue = 8192;

constexpr milliseconds kPatience{5000};        // of a request, whatever it waits for
constexpr milliseconds kLongestSilence{4000};  // of a connection that owes an answer: beyond the statement timeout
constexpr milliseconds kFirstAttempt{2000};    // that requests wait for a connection where there was one before
constexpr milliseconds kLaterAttempt{250};     // and where others failed
constexpr milliseconds kTick{100};
constexpr milliseconds kFirstPause{50};  // between attempts to connect; doubles
constexpr milliseconds kLongestPause{1000};
constexpr int kMostTries = 6;

// Durability is waited for once a flight, by the barrier, which has the session's own setting back.
constexpr ports::Sql kSession{"begin_session", "", R"(
  select set_config('luot.synchronous_commit', current_setting('synchronous_commit'), false),
    set_config('synchronous_commit', 'off', false))"};
// A message in the log makes it a transaction that has something to make durable. So is all that was committed before
// it.
constexpr ports::Sql kBarrier{"barrier", "", R"(
  select set_config('synchronous_commit', current_setting('luot.synchronous_commit'), true),
    pg_logical_emit_message(true, 'luot', '')::text)"};

RequestPtr request_of(const ports::Sql& sql) {
  auto request = std::make_shared<Request>();
  request->statements.emplace_back(sql);
  return request;
}

milliseconds up_to(milliseconds longest) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<std::int64_t>(longest.count() / 2, longest.count())(random));
}

}  // namespace

LoopPool::LoopPool(base::Executor executor, Connector& connector)
    : executor_(executor), connector_(connector), timer_(executor) {
  lane(Role::kRead).slots.resize(kReaders);
  lane(Role::kWrite).slots.resize(kWriters);
}

void LoopPool::admit(Role role) const {
  if (lane(role).waiting.size() < kLongestQueue) return;
  throw base::Unavailable("overloaded", "Too many requests to the database are waiting; try again shortly.");
}

void LoopPool::submit(Role role, RequestPtr request) {
  request->deadline = Clock::now() + kPatience;
  unanswered_.push_back(request);
  lane(role).waiting.push_back(std::move(request));
  schedule();
  tick();
}

void LoopPool::close() {
  closed_ = true;
  timer_.cancel();
  for (auto& lane : lanes_) {
    for (auto& slot : lane.slots) {
      if (slot.connection) slot.connection->close();
      slot = Slot{};
    }
    lane.waiting.clear();
  }
  for (const auto& request : std::exchange(unanswered_, {}))
    fail(request, not_reachable());
}

// Once a turn of the loop: whoever runs in the same turn goes out in the same packets.
void LoopPool::schedule() {
  if (std::exchange(scheduled_, true)) return;
  base::asio::post(executor_, [self = shared_from_this()] {
    self->scheduled_ = false;
    self->pump();
  });
}

void LoopPool::pump() {
  if (closed_) return;
  connect_missing();
  send_reads();
  send_units();
  give_up_waiting();
  show();
}

void LoopPool::show() {
  for (const auto role : {Role::kRead, Role::kWrite}) {
    std::size_t open = 0;
    std::size_t in_flight = 0;
    for (const auto& slot : lane(role).slots) {
      if (!slot.connection) continue;
      ++open;
      in_flight += slot.connection->in_flight();
    }
    auto& shown = shown_[index_of(role)];
    shown.open.store(open, std::memory_order_relaxed);
    shown.in_flight.store(in_flight, std::memory_order_relaxed);
    shown.waiting.store(lane(role).waiting.size(), std::memory_order_relaxed);
  }
}

ports::Connections LoopPool::connections(Role role) const {
  const auto& shown = shown_[index_of(role)];
  return {role == Role::kRead ? "read" : "write", shown.open, shown.in_flight, shown.waiting, shown.lost, shown.failed};
}

void LoopPool::send_reads() {
  auto& [slots, waiting] = lane(Role::kRead);
  while (!waiting.empty()) {
    Slot* idlest = nullptr;
    for (auto& slot : slots) {
      if (!slot.connection) continue;
      if (idlest == nullptr || slot.connection->in_flight() < idlest->connection->in_flight()) idlest = &slot;
    }
    if (idlest == nullptr || idlest->connection->in_flight() >= kDeepest) return;
    const auto connection = idlest->connection;
    if (!connection->begin()) continue;
    for (; !waiting.empty() && connection->in_flight() < kDeepest; waiting.pop_front()) {
      if (waiting.front()->resume) connection->send(waiting.front());
    }
    connection->end();
  }
}

void LoopPool::send_units() {
  auto& [slots, waiting] = lane(Role::kWrite);
  for (auto& slot : slots) {
    if (waiting.empty()) return;
    const auto connection = slot.connection;
    if (!connection || slot.barrier || !connection->begin()) continue;
    for (; !waiting.empty() && slot.flight.size() < kLargestFlight; waiting.pop_front()) {
      if (!waiting.front()->resume) continue;
      slot.flight.push_back(waiting.front());
      connection->send(waiting.front());
    }
    slot.barrier = request_of(kBarrier);
    connection->send(slot.barrier);
    connection->end();
  }
}

void LoopPool::send_session(Slot& slot) {
  const auto connection = slot.connection;
  if (!connection->begin()) return;
  slot.session = request_of(kSession);
  connection->send(slot.session);
  connection->end();
}

// Where somebody waits and no connection is idle.
void LoopPool::connect_missing() {
  if (connecting_ || Clock::now() < next_attempt_) return;
  for (auto& lane : lanes_) {
    const bool has_idle = std::ranges::any_of(
        lane.slots, [](const Slot& slot) { return slot.connection && slot.connection->in_flight() == 0; });
    if (lane.waiting.empty() || has_idle) continue;
    const auto missing = std::ranges::find_if(lane.slots, [](const Slot& slot) { return !slot.connection; });
    if (missing == lane.slots.end()) continue;
    connecting_ = true;
    attempt_began_ = Clock::now();
    connector_.connect(executor_, [weak = weak_from_this(), &slot = *missing](Connector::Outcome outcome) {
      if (const auto self = weak.lock()) self->on_connected(slot, std::move(outcome));
    });
    return;
  }
}

void LoopPool::on_connected(Slot& slot, Connector::Outcome outcome) {
  if (closed_) return;
  connecting_ = false;
  if (!outcome.handle) {
    ++shown_of(slot).failed;
    if (failed_attempts_++ == 0) base::log::error("database not reachable", {{"error", outcome.error}});
    next_attempt_ = Clock::now() + up_to(std::min(kLongestPause, kFirstPause * (1 << std::min(failed_attempts_, 6))));
    return give_up_waiting();
  }
  if (std::exchange(failed_attempts_, 0) > 0) base::log::info("database reachable again");
  PostgresConnection::Events events;
  events.settled = [weak = weak_from_this(), &slot](const RequestPtr& request) {
    if (const auto self = weak.lock()) self->settle(slot, request);
  };
  events.lost = [weak = weak_from_this(), &slot](const std::vector<RequestPtr>& unanswered, const std::string& reason) {
    if (const auto self = weak.lock()) self->on_lost(slot, unanswered, reason);
  };
  slot.connection = std::make_shared<PostgresConnection>(executor_, std::move(outcome.handle), std::move(events));
  send_session(slot);
  schedule();
}

bool LoopPool::may_connect_soon() const {
  if (!connecting_) return Clock::now() >= next_attempt_;
  return Clock::now() - attempt_began_ < (failed_attempts_ == 0 ? kFirstAttempt : kLaterAttempt);
}

// While the database is down, requests fail at once.
void LoopPool::give_up_waiting() {
  if (may_connect_soon()) return;
  for (auto& lane : lanes_) {
    if (std::ranges::any_of(lane.slots, [](const Slot& slot) { return slot.connection != nullptr; })) continue;
    for (const auto& request : std::exchange(lane.waiting, {}))
      fail(request, not_reachable());
  }
}

bool LoopPool::is_reader(const Slot& slot) const {
  return std::ranges::any_of(lane(Role::kRead).slots, [&](const Slot& reader) { return &reader == &slot; });
}

void LoopPool::settle(Slot& slot, const RequestPtr& request) {
  if (request == slot.session) {
    slot.session.reset();
    if (request->failure) slot.connection->lose(request->failure->message);
  } else if (request == slot.barrier) {
    land(slot);
  } else if (is_reader(slot)) {
    if (request->failure) request->fault = as_fault(*request->failure);
    answer(request);
    if (!lane(Role::kRead).waiting.empty()) schedule();
  }
  if (slot.connection && slot.connection->in_flight() == 0) show();
}

void LoopPool::land(Slot& slot) {
  const auto barrier = std::exchange(slot.barrier, nullptr);
  for (const auto& unit : std::exchange(slot.flight, {})) {
    if (barrier->failure) {
      fail(unit, as_fault(*barrier->failure));  // written, perhaps, but not to stay
    } else {
      conclude_unit(unit);
    }
  }
  if (!lane(Role::kWrite).waiting.empty()) schedule();
}

void LoopPool::on_lost(Slot& slot, const std::vector<RequestPtr>& unanswered, const std::string& reason) {
  base::log::warning("database connection lost", {{"reason", reason}});
  ++shown_of(slot).lost;
  slot.connection.reset();
  slot.barrier.reset();
  const auto session = std::exchange(slot.session, nullptr);
  for (const auto& unit : std::exchange(slot.flight, {}))
    fail(unit, not_reachable());
  for (const auto& request : unanswered) {
    // A read may be sent again, as often as there may be a connection that has ended and does not know it yet; what a
    // unit did is not known.
    if (is_reader(slot) && request != session && std::cmp_less_equal(++request->tries, kReaders)) {
      lane(Role::kRead).waiting.push_front(request);
    } else {
      fail(request, not_reachable());
    }
  }
  schedule();
}

void LoopPool::conclude_unit(const RequestPtr& unit) {
  if (!unit->failure) {
    unit->outcome.emplace(std::move(unit->results));
    return answer(unit);
  }
  if (is_worth_a_retry(*unit->failure) && ++unit->tries < kMostTries) return try_again(unit);
  if (const auto undone = as_undone(*unit->failure)) {
    unit->outcome.emplace(*undone);
    return answer(unit);
  }
  fail(unit, as_fault(*unit->failure));
}

void LoopPool::try_again(const RequestPtr& unit) {
  auto timer = std::make_shared<base::Timer>(executor_, up_to(milliseconds(10 << unit->tries)));
  timer->async_wait([self = shared_from_this(), timer, unit](const boost::system::error_code&) {
    if (self->closed_ || !unit->resume) return;
    self->lane(Role::kWrite).waiting.push_back(unit);
    self->schedule();
  });
}

void LoopPool::fail(const RequestPtr& request, std::exception_ptr fault) {
  if (!request->resume) return;
  request->fault = std::move(fault);
  answer(request);
}

void LoopPool::answer(const RequestPtr& request) {
  if (const auto resume = std::exchange(request->resume, nullptr)) resume();
  while (!unanswered_.empty() && !unanswered_.front()->resume)
    unanswered_.pop_front();
}

// Looks after deadlines for as long as anybody waits: a loop that is to end is held up by nothing else.
void LoopPool::tick() {
  if (ticking_ || unanswered_.empty() || closed_) return;
  ticking_ = true;
  timer_.expires_after(kTick);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code&) {
    self->ticking_ = false;
    if (!self->closed_) self->look_after();
  });
}

void LoopPool::look_after() {
  const auto now = Clock::now();
  while (!unanswered_.empty() && unanswered_.front()->deadline <= now) {
    const auto late = unanswered_.front();
    unanswered_.pop_front();
    fail(late, not_reachable());
  }
  for (auto& lane : lanes_) {
    for (auto& slot : lane.slots) {
      const auto connection = slot.connection;
      if (connection && connection->silence() > kLongestSilence) connection->lose("no answer");
    }
  }
  pump();
  tick();
}

}  // namespace luot::postgres
