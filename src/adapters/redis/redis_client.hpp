// Redis for all loops: each has a connection of its own, made when it is first needed.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/redis/redis_connection.hpp"
#include "base/loop_local.hpp"
#include "ports/connections.hpp"

namespace luot::redis {

// How a script is called.
class Call {
 public:
  explicit Call(const Script& script) : script_(script) {}
  Call& key(std::string key) {
    keys_.push_back(std::move(key));
    return *this;
  }
  Call& add(std::string_view argument) {
    arguments_.emplace_back(argument);
    return *this;
  }
  Call& add(std::integral auto argument) { return add(std::to_string(argument)); }

  // `first`: EVALSHA and the script's hash, or EVAL and its text.
  [[nodiscard]] Command command(std::string_view first, std::string_view second) const;
  [[nodiscard]] const Script& script() const { return script_; }

 private:
  Script script_;
  std::vector<std::string> keys_;
  std::vector<std::string> arguments_;
};

class RedisClient {
 public:
  static constexpr Clock::duration kPatience = std::chrono::seconds(2);

  // Connects to nothing yet. Throws std::runtime_error where the URL's file of certificates cannot be read.
  explicit RedisClient(const RedisUrl& url);

  // The script of that name in scripts/.
  [[nodiscard]] Script script(std::string_view name) const;
  // Throws Unavailable where Redis is down, full, or does not answer within `patience`; the script may have run then.
  base::Task<Reply> run(Call call, Clock::duration patience = kPatience);
  // What the loop's connection found. Throws as run() does.
  base::Task<Persistence> persistence();
  // At the start of a process: logs what a crash of this Redis can cost, or that it is down, which is no reason not to
  // start. Throws std::runtime_error where it must not be used as it is set up, with how to mend it. Blocks.
  void check() const;
  // How it is set up, be it to be used or not. Throws std::runtime_error, which tells why, where it cannot be reached.
  // Blocks.
  [[nodiscard]] Persistence examine() const;
  // Those of this process. From any thread.
  [[nodiscard]] ports::Connections connections() const;

 private:
  std::shared_ptr<RedisConnection> try_once(base::asio::io_context& loop) const;
  std::shared_ptr<RedisConnection> make_connection(base::asio::io_context& loop);
  base::Task<std::shared_ptr<RedisConnection>> ready_connection();

  std::shared_ptr<const Settings> settings_;
  base::LoopLocal<RedisConnection> connections_;
  mutable std::mutex mutex_;  // guards the next
  std::vector<std::shared_ptr<const Shown>> shown_;
};

}  // namespace luot::redis
