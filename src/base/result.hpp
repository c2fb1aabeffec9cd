// Outcomes that users cause are values (Result), faults are exceptions (Unavailable and everything else).
// http/error_response turns both into an HTTP answer.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace luot::base {

enum class ErrorKind {
  kMalformed,        // 400: cannot be parsed
  kUnauthenticated,  // 401: who are you?
  kForbidden,        // 403: seen, but not yours
  kNotFound,         // 404: absent, or not for your eyes
  kConflict,         // 409: the state does not allow it
  kGone,             // 410: was there, is no more
  kLengthRequired,   // 411
  kTooLarge,         // 413
  kUnsupportedType,  // 415
  kInvalid,          // 422: parsed, but a field is wrong
  kTooMany,          // 429
};

struct FieldError {
  std::string field;
  std::string code;  // required, wrong_type, too_short, too_long, out_of_range, invalid, unknown, expired
  std::string detail;
};

struct Error {
  ErrorKind kind{};
  std::string code;    // stable, for programs
  std::string detail;  // one sentence, for people
  std::vector<FieldError> fields;
  std::chrono::seconds retry_after{};  // told as Retry-After, where it is not zero
};

Error invalid_field(std::string field, std::string code, std::string detail);
Error invalid_fields(std::vector<FieldError> fields);

template <typename T>
using Result = boost::system::result<T, Error>;

// Result::value() on an error is a programming fault.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

// An engine or a bounded queue cannot serve now: 503 with Retry-After.
class Unavailable : public std::runtime_error {
 public:
  Unavailable(std::string code, const std::string& what, std::chrono::seconds retry_after = std::chrono::seconds(1))
      : std::runtime_error(what), code_(std::move(code)), retry_after_(retry_after) {}
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] std::chrono::seconds retry_after() const { return retry_after_; }

 private:
  std::string code_;
  std::chrono::seconds retry_after_;
};

}  // namespace luot::base

// LUOT_CO_TRY(auto user, co_await users.find(id)): the value, or the coroutine returns the error.
#define LUOT_TRY_JOIN_(a, b) a##b
#define LUOT_TRY_JOIN(a, b) LUOT_TRY_JOIN_(a, b)
#define LUOT_TRY_IMPL(result, return_keyword, declaration, expression) \
  auto result = (expression);                                          \
  if (result.has_error()) return_keyword std::move(result).error();    \
  declaration = *std::move(result)
#define LUOT_CO_TRY(declaration, expression) \
  LUOT_TRY_IMPL(LUOT_TRY_JOIN(luot_result_, __LINE__), co_return, declaration, expression)
#define LUOT_TRY(declaration, expression) \
  LUOT_TRY_IMPL(LUOT_TRY_JOIN(luot_result_, __LINE__), return, declaration, expression)
