// One connection in pipeline mode, on one event loop: requests go out one behind the other, without waiting for
// answers.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

#include "adapters/postgres/postgres_errors.hpp"
#include "base/async.hpp"
#include "ports/database.hpp"

struct pg_conn;
struct pg_result;

namespace luot::postgres {

struct Finish {
  void operator()(pg_conn* connection) const;
};
using Handle = std::unique_ptr<pg_conn, Finish>;

// Statements between two Syncs: a transaction of their own. The awaiting coroutine and the pool share it, since the
// coroutine may give up before PostgreSQL answers.
struct Request {
  std::vector<ports::Statement> statements;
  std::vector<ports::Rows> results;
  std::optional<Failure> failure;  // what PostgreSQL said against it
  std::exception_ptr fault;
  std::optional<ports::UnitOutcome> outcome;       // of a unit
  std::function<void()> resume;                    // wakes the coroutine; empty once it has been called
  std::chrono::steady_clock::time_point deadline;  // of the coroutine's patience
  int tries = 0;
};
using RequestPtr = std::shared_ptr<Request>;

class PostgresConnection : public std::enable_shared_from_this<PostgresConnection> {
 public:
  struct Events {
    std::function<void(RequestPtr)> settled;  // all its statements are answered
    // The connection is of no use any more; these were not answered.
    std::function<void(std::vector<RequestPtr>, std::string reason)> lost;
  };

  // `handle` is connected. Used from `executor`'s loop only, but for close().
  PostgresConnection(base::Executor executor, Handle handle, Events events);

  // Call these three in order; what is between them leaves in few packets. begin() is false where the connection turns
  // out to be lost; lost() was called then.
  bool begin();
  void send(const RequestPtr& request);
  void end();

  [[nodiscard]] std::size_t in_flight() const { return requests_in_flight_; }
  // How long it has been silent although an answer is due.
  [[nodiscard]] std::chrono::steady_clock::duration silence() const;
  void lose(std::string reason);
  // Without telling anybody: the loop does not run any more, or never will again for this.
  void close();

 private:
  enum class Kind { kPrepare, kStatement, kSync };
  struct Expected {
    Kind kind{};
    RequestPtr request;         // nothing of a Sync behind a preparation
    std::size_t statement = 0;  // its index in the request
    std::string prepared;       // the name, of a kPrepare
    bool answered = false;
  };

  std::string prepare(const ports::Statement& statement);
  bool send_statement(const ports::Statement& statement, const std::string& name);
  static void take_notice(void* self, const pg_result* notice);
  bool is_over();
  void cork(bool on);
  void flush();
  void wait_readable();
  void on_readable(const boost::system::error_code& failure);
  void read_answers();
  void take(Expected& expected, const pg_result* result);
  void take_failure(Expected& expected, const pg_result* result);

  Handle handle_;
  base::asio::posix::basic_stream_descriptor<base::Executor> socket_;
  Events events_;
  bool is_tcp_ = false;
  bool last_words_ = false;  // the server has said that it ends the connection
  bool reading_ = false;
  bool writing_ = false;
  std::chrono::steady_clock::time_point heard_;
  std::deque<Expected> expected_;
  std::size_t requests_in_flight_ = 0;
  std::unordered_map<std::string, std::string> prepared_;  // names by what was prepared: see prepare()
  std::unordered_map<std::string, Failure> unprepared_;    // why, by name
  int names_ = 0;
};

}  // namespace luot::postgres
