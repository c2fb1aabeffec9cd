// A request as handlers see it.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/viewer.hpp"

namespace luot::http {

class Headers {
 public:
  virtual ~Headers() = default;
  // The first value under `name` (any case), or an empty view.
  [[nodiscard]] virtual std::string_view find(std::string_view name) const = 0;
  // All values under `name`, in their order, as one list (RFC 9110 section 5.3).
  [[nodiscard]] virtual std::string joined(std::string_view name) const { return std::string(find(name)); }
};

class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Absent for chunked bodies.
  [[nodiscard]] virtual std::optional<std::uint64_t> content_length() const = 0;
  // Fills a part of `buffer`; 0 at the end. Throws ClientGone when the client leaves or stalls.
  virtual base::Task<std::size_t> read_some(boost::asio::mutable_buffer buffer) = 0;
};

// The exchange cannot go on, whatever the handler would answer.
class ClientGone : public std::runtime_error {
 public:
  enum class Cause {
    kLeft,       // nobody is left to answer
    kStalled,    // 408
    kMalformed,  // 400: the body's framing is broken
  };
  ClientGone(Cause cause, const std::string& what) : std::runtime_error(what), cause_(cause) {}
  [[nodiscard]] Cause cause() const { return cause_; }

 private:
  Cause cause_;
};

using Params = std::vector<std::pair<std::string_view, std::string>>;

// Lives in its session from the first header byte to the last body byte of the answer, so handlers may hold a
// reference to it over suspensions.
struct Request {
  std::string id;           // X-Request-Id of the answer
  std::string_view method;  // "GET"; HEAD arrives as GET, with `is_head`
  bool is_head = false;
  std::string path;            // raw, without query: still percent-encoded
  std::string query;           // raw, without '?'
  std::string client_address;  // of the peer
  const Headers* headers = nullptr;
  BodyReader* body = nullptr;  // for routes with Body::kStream
  std::string body_text;       // for routes with Body::kJson
  Params params;               // decoded path parameters
  std::string_view route;      // the pattern that matched; empty where none did
  std::optional<base::Viewer> viewer;

  [[nodiscard]] std::string_view header(std::string_view name) const { return headers->find(name); }
  // A parameter of the route's pattern; asking for another is a programming fault.
  [[nodiscard]] std::string_view param(std::string_view name) const;
  // The signed-in user of a route with Access::kSignedIn.
  [[nodiscard]] const base::Viewer& signed_in() const { return viewer.value(); }
  [[nodiscard]] std::optional<base::UserId> viewer_id() const {
    return viewer ? std::optional(viewer->id) : std::nullopt;
  }
};

// The id in the path, or the error that an unknown id gives: a malformed id names nothing.
template <typename Id>
base::Result<Id> path_id(const Request& request, std::string_view param, const base::Error& absent) {
  if (auto id = Id::parse(request.param(param))) return *id;
  return absent;
}

}  // namespace luot::http
