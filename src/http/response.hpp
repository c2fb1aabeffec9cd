// An answer: status, headers, and a body that is gathered from shared buffers or streamed from a file.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.hpp"

namespace luot::http {

// Bytes that many answers may share; `owner` keeps them alive (null for bytes that live as long as the program).
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

struct FileSlice {
  std::shared_ptr<const base::File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

using Body = std::variant<std::string, std::vector<SharedBytes>, FileSlice>;

struct Response {
  int status = 200;
  std::string content_type;                                       // empty: no Content-Type
  std::vector<std::pair<std::string_view, std::string>> headers;  // names are literals
  Body body;
  bool close = false;  // end the connection after this answer

  Response& with(std::string_view name, std::string value) {
    headers.emplace_back(name, std::move(value));
    return *this;
  }
};

std::uint64_t body_size(const Body& body);

Response json_response(int status, const boost::json::value& value);
// `text` is JSON already.
Response serialized_response(int status, std::string text);
// {items, next_cursor}: a page of any list.
Response list_response(boost::json::array items, const std::optional<std::string>& next_cursor);
Response list_response(const std::vector<std::string>& serialized_items, const std::optional<std::string>& next_cursor);
Response no_content();

}  // namespace luot::http
