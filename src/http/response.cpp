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

namespace {

Response json_of(int status, Body body) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

}  // namespace

Response serialized_response(int status, std::string text) {
  return json_of(status, std::move(text));
}

Response serialized_response(int status, SharedText text) {
  const std::string_view bytes = *text;
  return json_of(status, std::vector<SharedBytes>{{std::move(text), bytes}});
}

Response broadcast_response(std::shared_ptr<const base::Broadcast> json) {
  const std::string_view text = json->text();
  if (!json->file()) return json_of(200, std::vector<SharedBytes>{{std::move(json), text}});
  const base::File& file = *json->file();
  return json_of(200, FileSlice{{std::move(json), &file}, 0, text.size(), true});
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

namespace {

constexpr std::string_view kListStart = "{\"items\":[";

std::string list_end(const std::optional<std::string>& next_cursor) {
  std::string text = "],\"next_cursor\":";
  if (next_cursor) {
    append_json_string(text, *next_cursor);
  } else {
    text += "null";
  }
  text += '}';
  return text;
}

std::string_view view_of(const std::string& text) {
  return text;
}
std::string_view view_of(const SharedText& text) {
  return *text;
}

template <typename Item>
std::string joined(const std::vector<Item>& items, const std::optional<std::string>& next_cursor) {
  const auto end = list_end(next_cursor);
  std::size_t size = kListStart.size() + end.size();
  for (const auto& item : items)
    size += view_of(item).size() + 1;
  std::string text;
  text.reserve(size);
  text.append(kListStart);
  for (const auto& item : items) {
    if (&item != &items.front()) text += ',';
    text += view_of(item);
  }
  return text.append(end);
}

}  // namespace

std::string list_text(const std::vector<SharedText>& items, const std::optional<std::string>& next_cursor) {
  return joined(items, next_cursor);
}

Response list_response(const std::vector<SharedText>& items, const std::optional<std::string>& next_cursor) {
  std::vector<SharedBytes> parts;
  parts.reserve(2 * items.size() + 2);
  parts.push_back({nullptr, kListStart});
  for (const auto& item : items) {
    if (&item != &items.front()) parts.push_back({nullptr, ","});
    parts.push_back({item, *item});
  }
  const auto end = std::make_shared<const std::string>(list_end(next_cursor));
  parts.push_back({end, *end});
  return json_of(200, std::move(parts));
}

Response list_response(const std::vector<std::string>& items, const std::optional<std::string>& next_cursor) {
  return serialized_response(200, joined(items, next_cursor));
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

}  // namespace luot::http
