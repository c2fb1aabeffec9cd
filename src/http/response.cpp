#include "http/response.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace luot::http {

std::uint64_t body_size(const Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* slice = std::get_if<FileSlice>(&body)) return slice->length;
  std::uint64_t size = 0;
  if (const auto* parts = std::get_if<std::vector<SharedBytes>>(&body)) {
    for (const auto& part : *parts)
      size += part.bytes.size();
  }
  return size;
}

Response serialized_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(text);
  return response;
}

Response json_response(int status, const boost::json::value& value) {
  return serialized_response(status, boost::json::serialize(value));
}

void append_json_string(std::string& to, std::string_view text) {
  const bool is_plain =
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
  if (is_plain) {
    to.append(1, '"').append(text).append(1, '"');
  } else {
    to += boost::json::serialize(boost::json::string_view(text));
  }
}

Response list_response(boost::json::array items, const std::optional<std::string>& next_cursor) {
  boost::json::object page{{"items", std::move(items)}, {"next_cursor", nullptr}};
  if (next_cursor) page["next_cursor"] = *next_cursor;
  return json_response(200, page);
}

Response list_response(const std::vector<std::string>& serialized_items,
                       const std::optional<std::string>& next_cursor) {
  std::size_t size = 64;
  for (const auto& item : serialized_items)
    size += item.size() + 1;
  std::string text = "{\"items\":[";
  text.reserve(size + (next_cursor ? next_cursor->size() : 0));
  for (const auto& item : serialized_items) {
    if (&item != &serialized_items.front()) text += ',';
    text += item;
  }
  text += "],\"next_cursor\":";
  text += next_cursor ? boost::json::serialize(boost::json::string_view(*next_cursor)) : "null";
  text += '}';
  return serialized_response(200, std::move(text));
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

}  // namespace luot::http
