// An empty database on either engine, for tests that are to hold on both.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "base/ids.hpp"
#include "ports/database.hpp"
#include "test_postgres.hpp"

namespace luot {

class DatabasePlace {
 public:
  DatabasePlace() = default;
  DatabasePlace(const DatabasePlace&) = delete;
  DatabasePlace& operator=(const DatabasePlace&) = delete;
  virtual ~DatabasePlace() = default;
  virtual std::unique_ptr<ports::Database> open() = 0;  // the same data each time
};

class SqlitePlace final : public DatabasePlace {
 public:
  SqlitePlace() { std::filesystem::create_directory(folder_); }
  ~SqlitePlace() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<ports::Database> open() override {
    return std::make_unique<sqlite::SqliteDatabase>(folder_ / "luot.db", 2);
  }

 private:
  const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("luot-test-" + base::random_name());
};

class PostgresPlace final : public DatabasePlace {
 public:
  std::unique_ptr<ports::Database> open() override {
    return std::make_unique<postgres::PostgresDatabase>(database_.url());
  }

 private:
  TestDatabase database_;
};

using MakeDatabasePlace = std::unique_ptr<DatabasePlace> (*)();

template <typename Place>
std::unique_ptr<DatabasePlace> make_database_place() {
  return std::make_unique<Place>();
}

}  // namespace luot
