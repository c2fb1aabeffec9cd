// Parameters and results in PostgreSQL's binary format.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "ports/database.hpp"

struct pg_result;

namespace luot::postgres {

// The types of a statement's parameters as a text of one character each: no type is guessed, but that of a null, which
// PostgreSQL infers. So a statement is prepared once for each such text that comes.
std::string signature_of(const std::vector<ports::Value>& params);
std::vector<unsigned> type_oids(const std::string& signature);

// Parameters as libpq wants them. Texts are not copied: the values outlive this.
class BoundParams {
 public:
  explicit BoundParams(const std::vector<ports::Value>& params);
  BoundParams(const BoundParams&) = delete;
  BoundParams& operator=(const BoundParams&) = delete;

  void add(std::int64_t value);  // once, after all others

  [[nodiscard]] int count() const { return static_cast<int>(lengths_.size()); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  void add_bytes(const char* bytes, std::size_t size);
  void add_number(std::uint64_t bits);

  std::vector<std::array<char, 8>> numbers_;  // never grows beyond what it reserved: values_ point into it
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

// Throws std::logic_error for a type that no room reads.
ports::Rows read_rows(const pg_result* result);

}  // namespace luot::postgres
