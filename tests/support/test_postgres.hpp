// A database of its own for a test, on the shared PostgreSQL.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "base/ids.hpp"
#include "test_engines.hpp"

namespace luot {

// Statements as an operator would type them, outside the adapter.
class Psql {
 public:
  explicit Psql(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
  }

  // The rows' first columns, a line each.
  std::string run(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()), &PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
      throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
    std::string lines;
    for (int row = 0; row < PQntuples(result.get()); ++row)
      lines += std::string(row > 0 ? "\n" : "") + PQgetvalue(result.get(), row, 0);
    return lines;
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class TestDatabase {
 public:
  TestDatabase() { Psql(server_).run("create database " + name_); }
  ~TestDatabase() { Psql(server_).run("drop database " + name_ + " with (force)"); }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] std::string url() const { return server_.substr(0, server_.rfind('/') + 1) + name_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const std::string server_ = test_engines::postgres_url();
  const std::string name_ = "test_" + std::to_string(base::random_id(base::wall_clock()));
};

}  // namespace luot
