#include "app/video_page.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <stdexcept>

namespace luot::app {
namespace {

namespace json = boost::json;

constexpr std::string_view kTitle = "<title>Luot</title>";
constexpr std::string_view kNoIndex = "<meta name=\"robots\" content=\"noindex\">";

std::string with_head(std::string_view page, std::string_view head) {
  const auto at = page.find(kTitle);
  if (at == std::string_view::npos) throw std::logic_error("the web client's page has no title");
  return std::string(page.substr(0, at)).append(head).append(page.substr(at + kTitle.size()));
}

std::string tag(std::string_view property, std::string_view content) {
  return "<meta property=\"" + std::string(property) + "\" content=\"" + html_escape(content) + "\">";
}

std::string_view text_of(const json::object& object, std::string_view name) {
  const auto* text = object.at(name).if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string video_page(std::string_view page, std::string_view card, std::string_view url) {
  const auto value = json::parse(card);
  const auto& video = value.as_object();
  const auto title = text_of(video, "title");
  const auto author = "@" + std::string(text_of(video.at("author").as_object(), "username"));
  const auto description = text_of(video, "description");
  const auto poster = text_of(video, "thumbnail_url");

  std::string head = "<title>" + html_escape(title) + " · " + html_escape(author) + " · Luot</title>";
  head += "<link rel=\"canonical\" href=\"" + html_escape(url) + "\">";
  head += tag("og:site_name", "Luot") + tag("og:type", "video.other") + tag("og:url", url) + tag("og:title", title);
  head += tag("og:description", description.empty() ? author : description);
  if (const auto* duration = video.at("duration").if_double()) {
    head += tag("video:duration", std::to_string(std::lround(*duration)));
  }
  if (!poster.empty()) {
    head += tag("og:image", poster) + tag("og:image:alt", title);
    head += "<meta name=\"twitter:card\" content=\"summary_large_image\">";
  }
  if (text_of(video, "visibility") != "public") head += kNoIndex;
  return with_head(page, head);
}

std::string hidden_page(std::string_view page) {
  return with_head(page, std::string(kTitle).append(kNoIndex));
}

}  // namespace luot::app
