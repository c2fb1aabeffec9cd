#include "base/result.hpp"

namespace luot::base {

Error invalid_field(std::string field, std::string code, std::string detail) {
  return invalid_fields({FieldError{std::move(field), std::move(code), std::move(detail)}});
}

Error invalid_fields(std::vector<FieldError> fields) {
  std::string detail = fields.size() == 1 ? fields.front().field + ": " + fields.front().detail
                                          : std::to_string(fields.size()) + " fields are not valid.";
  return {ErrorKind::kInvalid, "invalid_fields", std::move(detail), std::move(fields)};
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error("unchecked result: " + error.code + " at " + where.file_name() + ":" +
                         std::to_string(where.line()));
}

}  // namespace luot::base
