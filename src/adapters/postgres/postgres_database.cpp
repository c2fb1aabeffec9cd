#include "adapters/postgres/postgres_database.hpp"

namespace luot::postgres {
namespace {

using base::Task;
using ports::Rows;
using ports::Statement;
using ports::UnitOutcome;

constexpr ports::Sql kNotify{"notify", "", "select pg_notify($1, '')"};

// Channels that the unit wakes: each is told by the unit's own transaction.
std::vector<Statement> notifications_of(const std::vector<Statement>& statements) {
  std::vector<Statement> notifications;
  for (const auto& statement : statements) {
    const auto channel = statement.sql().wakes;
    if (!channel.empty()) notifications.emplace_back(kNotify, channel_name(channel));
  }
  return notifications;
}

// Returns when the pool has dealt with `request`.
Task<void> dealt_with(std::shared_ptr<LoopPool> pool, Role role, RequestPtr request) {
  pool->admit(role);
  auto initiate = [pool, role, request](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    request->resume = [shared] {
      auto loop = base::asio::get_associated_executor(*shared);
      base::asio::post(loop, std::move(*shared));
    };
    pool->submit(role, request);
  };
  co_await base::asio::async_initiate<const base::asio::use_awaitable_t<base::Executor>&, void()>(std::move(initiate),
                                                                                                  base::use_task);
  if (request->fault) std::rethrow_exception(request->fault);
}

}  // namespace

PostgresDatabase::PostgresDatabase(std::string url) : connector_(std::move(url)), listener_(connector_, wakes_) {
}

PostgresDatabase::~PostgresDatabase() {
  for (const auto& [context, pool] : pools_)
    pool->close();
}

std::shared_ptr<LoopPool> PostgresDatabase::pool_of(base::Executor executor) {
  const std::lock_guard lock(mutex_);
  auto& pool = pools_[&executor.context()];
  if (!pool) pool = std::make_shared<LoopPool>(executor, connector_);
  return pool;
}

std::vector<ports::Connections> PostgresDatabase::connections() const {
  std::vector<ports::Connections> sums{{.role = "read"}, {.role = "write"}};
  const std::lock_guard lock(mutex_);
  for (const auto& [context, pool] : pools_) {
    ports::add(sums[0], pool->connections(Role::kRead));
    ports::add(sums[1], pool->connections(Role::kWrite));
  }
  return sums;
}

Task<Rows> PostgresDatabase::read(Statement statement) {
  auto pool = pool_of(co_await base::asio::this_coro::executor);
  auto request = std::make_shared<Request>();
  request->statements.push_back(std::move(statement));
  co_await dealt_with(std::move(pool), Role::kRead, request);
  co_return std::move(request->results.at(0));
}

Task<UnitOutcome> PostgresDatabase::atomically(std::vector<Statement> statements) {
  auto pool = pool_of(co_await base::asio::this_coro::executor);
  auto request = std::make_shared<Request>();
  request->statements = std::move(statements);
  std::ranges::move(notifications_of(request->statements), std::back_inserter(request->statements));
  co_await dealt_with(std::move(pool), Role::kWrite, request);
  co_return *std::move(request->outcome);
}

Task<void> PostgresDatabase::wait_for(std::string channel, std::chrono::milliseconds longest) {
  listener_.hear(channel);
  return wakes_.wait(std::move(channel), longest);
}

}  // namespace luot::postgres
