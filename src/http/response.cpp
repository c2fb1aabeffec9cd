#include "http/response.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace luot::http {

std::uint64_t body_size(const Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* slice = std::get_if<FileSlice>(&body)) return slice->length;
  std::uint64_t size = 0;
  for (const auto& part : std::get<std::vector<SharedBytes>>(body))
    size += part.bytes.size();
  return size;
}

Response json_response(int status, const boost::json::value& value) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = boost::json::serialize(value);
  return response;
}

Response list_response(boost::json::array items, const std::optional<std::string>& next_cursor) {
  boost::json::object page{{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (next_cursor) page["next_cursor"] = *next_cursor;
  return json_response(200, page);
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

}  // namespace luot::http
