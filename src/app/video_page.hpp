// The page of one video, /v/{id}: the web client's own, with tags for those who only read the head of a page:
// messengers and networks that show a link as a card (Open Graph, https://ogp.me), and search engines.
#pragma once

#include <string>
#include <string_view>

namespace luot::app {

// What stands between the tags of a page, or within quotes of an attribute.
std::string html_escape(std::string_view text);

// `page` with tags for the video of `card`, a JSON object of the API as a stranger sees it. `url` is the page's own.
// What is not for everybody (unlisted) is not for search engines.
std::string video_page(std::string_view page, std::string_view card, std::string_view url);

// `page` for a link to what a stranger may not see, or what is not there: it says neither.
std::string hidden_page(std::string_view page);

}  // namespace luot::app
