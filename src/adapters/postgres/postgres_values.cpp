#include "adapters/postgres/postgres_values.hpp"

#include <libpq-fe.h>

#include <bit>
#include <charconv>
#include <cstring>

namespace luot::postgres {
namespace {

using ports::Cell;
using ports::Value;

// Of pg_type; libpq's headers do not name them.
constexpr Oid kBool = 16;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat8 = 701;
constexpr Oid kVarchar = 1043;
constexpr Oid kTimestamptz = 1184;
constexpr Oid kVoid = 2278;

// PostgreSQL counts from 2000-01-01.
constexpr std::int64_t kEpoch = 946'684'800'000'000;  // microseconds

std::uint64_t read_big_endian(const char* bytes, int length) {
  std::uint64_t value = 0;
  for (int i = 0; i < length; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

char letter_of(const Value& value) {
  struct Letter {
    char operator()(std::nullptr_t) const { return 'n'; }
    char operator()(std::int64_t) const { return 'i'; }
    char operator()(double) const { return 'd'; }
    char operator()(const std::string&) const { return 't'; }
    char operator()(bool) const { return 'b'; }
    char operator()(base::Time) const { return 'z'; }
  };
  return std::visit(Letter{}, value);
}

Oid oid_of(char letter) {
  switch (letter) {
    case 'i':
      return kInt8;
    case 'd':
      return kFloat8;
    case 't':
      return kText;
    case 'b':
      return kBool;
    case 'z':
      return kTimestamptz;
    default:
      return 0;
  }
}

Cell read_cell(const PGresult* result, int row, int column) {
  const char* bytes = PQgetvalue(result, row, column);
  const int length = PQgetlength(result, row, column);
  const auto bits = [&] { return read_big_endian(bytes, length); };
  switch (PQftype(result, column)) {
    case kInt8:
    case kBool:
      return static_cast<std::int64_t>(bits());
    case kInt4:
      return std::int64_t{static_cast<std::int32_t>(bits())};
    case kInt2:
      return std::int64_t{static_cast<std::int16_t>(bits())};
    case kFloat8:
      return std::bit_cast<double>(bits());
    case kTimestamptz:
      return static_cast<std::int64_t>(bits()) + kEpoch;
    case kText:
    case kVarchar:
      return std::string(bytes, static_cast<std::size_t>(length));
    case kVoid:
      return nullptr;
    default:
      throw std::logic_error("column " + std::string(PQfname(result, column)) + " has the type " +
                             std::to_string(PQftype(result, column)) + ", which nobody reads: cast it");
  }
}

}  // namespace

std::string signature_of(const std::vector<Value>& params) {
  std::string signature;
  for (const auto& value : params)
    signature.push_back(letter_of(value));
  return signature;
}

std::vector<unsigned> type_oids(const std::string& signature) {
  std::vector<unsigned> oids;
  for (const char letter : signature)
    oids.push_back(oid_of(letter));
  return oids;
}

BoundParams::BoundParams(const std::vector<Value>& params) {
  struct Binder {
    BoundParams& bound;
    void operator()(std::nullptr_t) const { bound.add_bytes(nullptr, 0); }
    void operator()(std::int64_t value) const { bound.add(value); }
    void operator()(double value) const { bound.add_number(std::bit_cast<std::uint64_t>(value)); }
    void operator()(bool value) const { bound.add_bytes(value ? "\1" : "\0", 1); }
    void operator()(base::Time value) const { bound.add(value.time_since_epoch().count() - kEpoch); }
    void operator()(const std::string& value) const { bound.add_bytes(value.data(), value.size()); }
  };
  const auto most = params.size() + 1;
  numbers_.reserve(most);
  values_.reserve(most);
  lengths_.reserve(most);
  for (const auto& value : params)
    std::visit(Binder{*this}, value);
  constexpr int kBinary = 1;
  formats_.assign(most, kBinary);
}

void BoundParams::add(std::int64_t value) {
  add_number(static_cast<std::uint64_t>(value));
}

void BoundParams::add_number(std::uint64_t bits) {
  auto& bytes = numbers_.emplace_back();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(bits >> (56 - 8 * i));
  add_bytes(bytes.data(), bytes.size());
}

void BoundParams::add_bytes(const char* bytes, std::size_t size) {
  values_.push_back(bytes);
  lengths_.push_back(static_cast<int>(size));
}

ports::Rows read_rows(const PGresult* result) {
  ports::Rows rows;
  const int count = PQntuples(result);
  const int columns = PQnfields(result);
  rows.rows.reserve(static_cast<std::size_t>(count));
  for (int row = 0; row < count; ++row) {
    std::vector<Cell> cells;
    cells.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result, row, column) != 0) {
        cells.emplace_back(nullptr);
      } else {
        cells.push_back(read_cell(result, row, column));
      }
    }
    rows.rows.emplace_back(std::move(cells));
  }
  const std::string_view tag = PQcmdStatus(const_cast<PGresult*>(result));  // the header forgot to say const
  if (!tag.starts_with("SELECT")) {
    const std::string_view touched = PQcmdTuples(const_cast<PGresult*>(result));
    std::from_chars(touched.data(), touched.data() + touched.size(), rows.touched);
  }
  return rows;
}

}  // namespace luot::postgres
