// The web client and the API's description, from the program itself: GET /, /v/{id}, /u/{username}, /assets/{file},
// /docs, /openapi.yaml
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "features/catalog/catalog.hpp"
#include "http/router.hpp"

namespace luot::app {

class WebFiles {
 public:
  // The page may also load media from `media_origins`, and send them there.
  explicit WebFiles(const std::vector<std::string>& media_origins);

  struct File {
    std::string_view bytes;
    std::string_view gzip;  // empty where there is none
    std::string etag;
    std::string_view content_type;
    std::string_view cache_control;
    std::string security_policy;
  };
  // By path, such as "assets/app-1a2b.js"; null where there is none.
  [[nodiscard]] const File* find(std::string_view path) const;

 private:
  std::map<std::string, File, std::less<>> files_;
};

struct VideoPages {
  const WebFiles& files;
  catalog::Catalog& catalog;
  std::string public_url;
};

void add_web_routes(http::Router& router, WebFiles& files, VideoPages& pages);

}  // namespace luot::app
