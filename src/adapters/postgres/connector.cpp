#include "adapters/postgres/connector.hpp"

#include <libpq-fe.h>

#include <array>

namespace luot::postgres {
namespace {

constexpr unsigned kThreads = 8;  // each waits for one connection

std::string without_end_of_line(const char* text) {
  std::string copy(text);
  while (copy.ends_with('\n'))
    copy.pop_back();
  return copy;
}

}  // namespace

// One plan a statement, made when it is first used: planning would cost more than most of these statements. It is why
// the plans must be good for any parameter (tests/integration/query_plans_test.cpp).
std::string session_settings() {
  return "-c statement_timeout=" + std::to_string(kStatementTimeout.count()) +
         " -c idle_in_transaction_session_timeout=5000 -c plan_cache_mode=force_generic_plan -c jit=off"
         " -c random_page_cost=1.1";
}

Connector::Connector(std::string url) : url_(std::move(url)), threads_("database connections", kThreads, 1) {
  char* error = nullptr;
  PQconninfoOption* options = PQconninfoParse(url_.c_str(), &error);
  if (options == nullptr) {
    PQfreemem(error);  // it quotes the URL
    throw std::runtime_error("the database's URL cannot be read: see \"Connection URIs\" in PostgreSQL's manual");
  }
  for (const auto* option = options; option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) == "options" && option->val != nullptr) options_ = option->val;
  }
  PQconninfoFree(options);
}

Connector::Outcome Connector::connect_now(const std::string& settings) const {
  const auto options = options_ + " " + settings;
  // Before the URL: what it may change. A cut cable is noticed by the kernel, too.
  constexpr std::array kKeywords{
      "connect_timeout", "application_name", "tcp_user_timeout", "keepalives_idle",
      "dbname",          "options",          "client_encoding",  static_cast<const char*>(nullptr)};
  const std::array values{"3",          "luot",          "4000", "10",
                          url_.c_str(), options.c_str(), "UTF8", static_cast<const char*>(nullptr)};
  constexpr int kExpandUrl = 1;
  Handle handle(PQconnectdbParams(kKeywords.data(), values.data(), kExpandUrl));
  if (!handle) return {nullptr, "out of memory"};
  if (PQstatus(handle.get()) == CONNECTION_OK) return {std::move(handle), ""};
  return {nullptr, without_end_of_line(PQerrorMessage(handle.get()))};
}

void Connector::connect(base::Executor executor, std::function<void(Outcome)> done) {
  threads_.later([this, executor, done = std::move(done)]() mutable {
    base::asio::post(executor, [done = std::move(done), outcome = connect_now(session_settings())]() mutable {
      done(std::move(outcome));
    });
  });
}

}  // namespace luot::postgres
