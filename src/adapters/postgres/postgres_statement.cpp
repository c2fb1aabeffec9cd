#include "adapters/postgres/postgres_statement.hpp"

namespace luot::postgres {
namespace {

std::string_view variant_of(const ports::Statement& statement) {
  const auto& sql = statement.sql();
  return sql.postgres.empty() ? sql.text : sql.postgres;
}

bool is_returning(std::string_view sql) {
  return sql.find("returning ") != std::string_view::npos;
}

// Another number of rows than required is an error of PostgreSQL's own then, which undoes the transaction.
std::string with_required_rows(std::string_view sql, std::size_t parameter) {
  const std::string check = "select luot_require_rows(count(*), $" + std::to_string(parameter) + ") from touched";
  const std::string text(sql);
  if (!is_returning(sql)) return "with touched as (" + text + " returning 1) " + check;
  return "with touched as (" + text + "), checked as materialized (" + check +
         ") select touched.* from checked left join touched on true";
}

}  // namespace

std::string text_of(const ports::Statement& statement) {
  const auto sql = variant_of(statement);
  return statement.required_rows() ? with_required_rows(sql, statement.params().size() + 1) : std::string(sql);
}

ports::Rows own_rows(ports::Rows rows, const ports::Statement& statement) {
  if (!statement.required_rows()) return rows;
  if (!is_returning(variant_of(statement))) rows.rows.clear();
  rows.touched = *statement.required_rows();
  return rows;
}

}  // namespace luot::postgres
