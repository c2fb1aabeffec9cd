// The web client and the API's description, from the program itself: GET /, /assets/{file}, /docs, /openapi.yaml
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/router.hpp"

namespace luot::app {

class WebFiles {
 public:
  WebFiles();

  struct File {
    std::string_view bytes;
    std::string_view gzip;  // empty where there is none
    std::string etag;
    std::string_view content_type;
    std::string_view cache_control;
    std::string_view security_policy;
  };
  // By path, such as "assets/app-1a2b.js"; null where there is none.
  [[nodiscard]] const File* find(std::string_view path) const;

 private:
  std::map<std::string, File, std::less<>> files_;
};

void add_web_routes(http::Router& router, WebFiles& files);

}  // namespace luot::app
