#include "http/error_response.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.hpp"

namespace luot::http {
namespace {

namespace json = boost::json;
using base::ErrorKind;

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kMalformed:
      return 400;
    case ErrorKind::kUnauthenticated:
      return 401;
    case ErrorKind::kForbidden:
      return 403;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kGone:
      return 410;
    case ErrorKind::kLengthRequired:
      return 411;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kUnsupportedType:
      return 415;
    case ErrorKind::kInvalid:
      return 422;
    case ErrorKind::kTooMany:
      return 429;
  }
  return 500;
}

Response problem_response(int status, json::object members) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.headers.emplace_back("Cache-Control", "no-store");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  response.body = json::serialize(members);
  return response;
}

json::object problem_members(int status, std::string_view code, std::string_view detail, std::string_view request_id) {
  return {{"type", "about:blank"}, {"title", reason_phrase(status)}, {"status", status}, {"code", code},
          {"detail", detail},      {"request_id", request_id}};
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

Response problem(int status, std::string_view code, std::string_view detail, std::string_view request_id) {
  return problem_response(status, problem_members(status, code, detail, request_id));
}

Response error_response(const base::Error& error, std::string_view request_id) {
  const int status = status_of(error.kind);
  auto members = problem_members(status, error.code, error.detail, request_id);
  if (!error.fields.empty()) {
    json::array fields;
    for (const auto& field : error.fields) {
      fields.push_back(json::object{{"field", field.field}, {"code", field.code}, {"detail", field.detail}});
    }
    members["errors"] = std::move(fields);
  }
  auto response = problem_response(status, std::move(members));
  if (error.retry_after.count() > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(error.retry_after.count()));
  }
  return response;
}

Response fault_response(const std::exception_ptr& fault, std::string_view request_id) {
  try {
    std::rethrow_exception(fault);
  } catch (const base::Unavailable& e) {
    base::log::warning("unavailable", {{"id", request_id}, {"code", e.code()}, {"error", e.what()}});
    auto response = problem(503, e.code(), e.what(), request_id);
    response.headers.emplace_back("Retry-After", std::to_string(e.retry_after().count()));
    return response;
  } catch (const std::exception& e) {
    base::log::error("fault", {{"id", request_id}, {"error", e.what()}});
  } catch (...) {
    base::log::error("fault", {{"id", request_id}, {"error", "not a std::exception"}});
  }
  return problem(500, "internal_error", "Something went wrong here; the request id helps to find it.", request_id);
}

}  // namespace luot::http
