// The one table that turns outcomes and faults into problem+json (RFC 9457).
#pragma once

#include <exception>
#include <string_view>

#include "base/result.hpp"
#include "http/response.hpp"

namespace luot::http {

Response error_response(const base::Error& error, std::string_view request_id);

// For the server's own errors: malformed requests, time-outs, limits, unknown routes.
Response problem(int status, std::string_view code, std::string_view detail, std::string_view request_id);

// Unavailable becomes 503 with Retry-After; anything else is a bug, logged, and answered with 500.
Response fault_response(const std::exception_ptr& fault, std::string_view request_id);

std::string_view reason_phrase(int status);

}  // namespace luot::http
