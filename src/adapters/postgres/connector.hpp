// Makes connections, on threads of its own: looking up names and shaking hands would block a loop.
#pragma once

#include <functional>
#include <string>

#include "adapters/postgres/postgres_connection.hpp"
#include "base/blocking_pool.hpp"

namespace luot::postgres {

// How long PostgreSQL may work on one statement. What comes later is nobody's answer any more.
inline constexpr std::chrono::milliseconds kStatementTimeout{3000};

// Of the sessions that serve requests, for connect_now().
std::string session_settings();

class Connector {
 public:
  // `url` is libpq's: "postgres://user:password@host:5432/luot?sslmode=verify-full". Throws std::runtime_error where
  // libpq cannot read it; the text holds no password.
  explicit Connector(std::string url);

  struct Outcome {
    Handle handle;
    std::string error;  // where there is no handle; without the password
  };
  // Calls `done` on `executor`'s loop.
  void connect(base::Executor executor, std::function<void(Outcome)> done);
  // For threads that may wait. `settings` are of the session, as "-c name=value ...".
  [[nodiscard]] Outcome connect_now(const std::string& settings) const;

 private:
  const std::string url_;
  std::string options_;  // that the URL gives itself
  base::BlockingPool threads_;
};

}  // namespace luot::postgres
