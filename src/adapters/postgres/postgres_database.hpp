// PostgreSQL as the database: any number of processes share it. What runs concurrently there, and how statements are
// written for that, is told in docs/decisions/0014-read-committed.md.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "adapters/postgres/listener.hpp"
#include "adapters/postgres/loop_pool.hpp"
#include "ports/database.hpp"

namespace luot::postgres {

class PostgresDatabase final : public ports::Database {
 public:
  // Connects when it is first used. Throws as Connector. Goes when no loop that used it runs any more,
  // and before those loops do.
  explicit PostgresDatabase(std::string url);
  ~PostgresDatabase() override;

  base::Task<ports::Rows> read(ports::Statement statement) override;
  base::Task<ports::UnitOutcome> atomically(std::vector<ports::Statement> statements) override;
  base::Task<void> wait_for(std::string channel, std::chrono::milliseconds longest) override;
  int migrate() override;
  [[nodiscard]] std::vector<ports::Connections> connections() const override;

 private:
  std::shared_ptr<LoopPool> pool_of(base::Executor executor);

  Connector connector_;
  base::Wakes wakes_;
  Listener listener_;
  mutable std::mutex mutex_;  // guards the next
  std::unordered_map<const base::asio::io_context*, std::shared_ptr<LoopPool>> pools_;
};

}  // namespace luot::postgres
