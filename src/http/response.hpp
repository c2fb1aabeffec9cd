// An answer: status, headers, and a body that is gathered from shared buffers, streamed from a file, or written by the
// handler piece by piece.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/async.hpp"
#include "base/broadcast.hpp"
#include "base/file.hpp"

namespace luot::http {

// Bytes that many answers may share; `owner` keeps them alive (null for bytes that live as long as the program).
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

using SharedText = std::shared_ptr<const std::string>;

struct FileSlice {
  std::shared_ptr<const base::File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool in_memory = false;  // reading it never waits for a disk
};

class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Completes when the system has taken the piece. Throws ClientGone when the client leaves, or does not read in time.
  virtual base::Task<void> write(std::string piece) = 0;
  // True when `duration` has passed; false, at once, when the server is asked to stop: the body should end then. Throws
  // ClientGone as soon as the client leaves, which closing its side of the connection counts as.
  virtual base::Task<bool> pause(std::chrono::milliseconds duration) = 0;
};

// A body of unknown length: chunked for HTTP/1.1, ended by closing for HTTP/1.0. Begins when the head is sent, and is
// never called for HEAD. What it needs it owns; a fault in it breaks the answer off.
using BodyStream = std::function<base::Task<void>(BodyWriter& writer)>;

using Body = std::variant<std::string, std::vector<SharedBytes>, FileSlice, BodyStream>;

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

std::uint64_t body_size(const Body& body);  // 0 for a stream

Response json_response(int status, const boost::json::value& value);
// `text` is JSON already.
Response serialized_response(int status, std::string text);
Response serialized_response(int status, SharedText text);
Response broadcast_response(std::shared_ptr<const base::Broadcast> json);
// Appends `text`, which is UTF-8, as a JSON string with its quotes.
void append_json_string(std::string& to, std::string_view text);
// {items, next_cursor}: a page of any list, of items that are JSON already.
std::string list_text(const std::vector<SharedText>& items, const std::optional<std::string>& next_cursor);
Response list_response(const std::vector<SharedText>& items, const std::optional<std::string>& next_cursor);
Response list_response(const std::vector<std::string>& items, const std::optional<std::string>& next_cursor);
Response no_content();

}  // namespace luot::http
