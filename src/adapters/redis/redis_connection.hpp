// One connection of one loop: commands of a turn of the loop go out in one write, replies come back in their order.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "adapters/redis/persistence.hpp"
#include "adapters/redis/redis_protocol.hpp"
#include "adapters/redis/redis_url.hpp"
#include "adapters/redis/tls.hpp"
#include "adapters/redis/wire.hpp"
#include "base/async.hpp"
#include "base/suspension.hpp"

namespace luot::redis {

// Lua that runs on the server as one step.
struct Script {
  std::size_t index = 0;  // in Settings::scripts
};

// Shared by the connections of a client, and constant.
struct Settings {
  RedisUrl url;
  std::unique_ptr<const TlsTrust> trust;  // where the URL wants TLS
  std::vector<std::string> scripts;       // their text
};

using Clock = std::chrono::steady_clock;

// What a connection tells other threads; it may be gone before this is.
struct Shown {
  std::atomic<bool> is_up{false};
  std::atomic<std::size_t> in_flight{0};
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint64_t> failed{0};
};

// Used from its own loop only. Everything throws Unavailable where Redis is down or does not answer in time, and then
// a command may have been carried out or not. An idle connection has nothing outstanding, so a loop may end with it.
class RedisConnection : public std::enable_shared_from_this<RedisConnection> {
 public:
  RedisConnection(base::asio::io_context& loop, std::shared_ptr<const Settings> settings);

  // Whether send() may be called now.
  bool is_ready();
  // While Redis is down, one caller at a time tries again, with pauses between, and all others fail at once.
  base::Task<void> wait_until_ready();
  // Nothing may be awaited between readiness and this. `patience`: how long this caller waits.
  base::Task<Reply> send(Command command, Clock::duration patience);

  [[nodiscard]] const std::string& hash_of(const Script& script) const { return hashes_.at(script.index); }
  // As it was when the connection was made.
  [[nodiscard]] const Persistence& persistence() const { return persistence_; }
  // Why the last try ended: Redis must not be used as it is set up. Else empty.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  // Why there is no connection, whatever the reason. Empty where there is one.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] std::shared_ptr<const Shown> shown() const { return shown_; }

 private:
  enum class State { kDown, kConnecting, kUp };
  struct Outcome {
    Reply reply;
    std::string failure;  // empty: `reply` is there
  };
  struct Waiter {
    Outcome* outcome = nullptr;   // in the frame of who waits
    base::Suspension suspension;  // resumed already: who waited has given up
    Clock::time_point since;
    Clock::time_point until;
  };
  static base::Task<void> wait(Waiter waiter, std::deque<Waiter>* line);

  [[nodiscard]] std::string explained(const boost::system::error_code& failure) const;
  void start_connecting();
  base::Task<void> connect();
  base::Task<void> shake_hands();
  base::Task<Reply> read_one();
  void connected();
  void failed_to_connect(const std::string& why);
  void drop(const std::string& why);
  void fail(std::deque<Waiter> line, const std::string& why);
  void show();
  void flush_later();
  void flush();
  void read();
  void take(std::string_view bytes);
  void watch_deadlines();
  void look_at_deadlines();

  base::asio::io_context& loop_;
  const std::shared_ptr<const Settings> settings_;
  Wire wire_;
  base::Timer tick_;
  std::vector<std::string> hashes_;  // of scripts
  Persistence persistence_;
  std::string refusal_;
  std::string failure_;
  const std::shared_ptr<Shown> shown_ = std::make_shared<Shown>();

  State state_ = State::kDown;
  std::uint64_t generation_ = 0;  // of the socket: what an earlier one tells is not heard
  int failures_ = 0;              // in a row
  bool was_up_ = false;
  Clock::time_point next_attempt_{};
  Clock::time_point connect_until_{};
  std::deque<Waiter> waiting_;  // for the connection
  std::deque<Waiter> sent_;     // in the order of their replies
  Clock::time_point heard_{};   // something of it
  std::unique_ptr<ReplyReader> reader_;
  std::vector<char> in_;
  std::string out_;
  std::size_t written_ = 0;  // of out_
  bool flushing_ = false;
  bool reading_ = false;
  bool ticking_ = false;
};

}  // namespace luot::redis
