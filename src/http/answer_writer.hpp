// Writes one answer after the other to a client: head, and body from memory, from a file, or as a handler makes it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "http/client_socket.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace luot::http {

struct Framing {
  bool keep_alive = false;
  bool http_1_0 = false;  // the request's version
};

class AnswerWriter {
 public:
  AnswerWriter(ClientSocket& client, Listener& listener) : client_(client), listener_(listener) {}

  // Throws ClientGone when the client leaves or does not read, and what goes wrong in a file or a stream.
  base::Task<void> write(const Response& response, const Request& request, Framing framing);
  // Asks the body stream that is being written, if any, to end soon.
  void drain();
  // Of the bodies that were written since the last call, framing apart.
  [[nodiscard]] std::uint64_t take_body_bytes() { return std::exchange(body_bytes_, 0); }

 private:
  class Stream;
  void compose_head(const Response& response, const Request& request, Framing framing);
  base::Task<void> write_file(const FileSlice& slice);
  base::Task<void> write_stream(const BodyStream& body, Framing framing);

  ClientSocket& client_;
  Listener& listener_;
  std::string head_;
  std::unique_ptr<char[]> file_chunk_;
  std::uint64_t body_bytes_ = 0;
  Stream* stream_ = nullptr;
};

}  // namespace luot::http
