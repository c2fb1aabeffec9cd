// Signed playback: who may fetch a revision's files, and who may count a view. Pure but for the clock it is handed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/playback/far_media.hpp"
#include "ports/clock.hpp"
#include "ports/object_store.hpp"

namespace luot::http {
class Router;
}

namespace luot::playback {

// All viewers of a window share a URL, and a URL is good for at least one whole window more.
inline constexpr std::chrono::hours kWindow{3};
inline constexpr std::chrono::seconds kLongestUrlLife = 2 * kWindow;
// What is played by a URL may be fetched so long after that was signed: at a store which viewers reach by themselves, a
// playlist that is read in the URL's last moments names files by URLs of that later window.
inline constexpr std::chrono::seconds kLongestPlayback = kLongestUrlLife + kWindow;

// token = base64url(expiry as u32 big-endian || HMAC-SHA256(key, prefix + "\n" + expiry in decimal)): 48 characters
// over a prefix "videos/{id}/{rev}/", which every relative URI of a playlist inherits.
class MediaSigner {
 public:
  // `edge_url`: where viewers reach the edge, without a slash at its end.
  MediaSigner(base::SigningKeys keys, std::string edge_url) : keys_(std::move(keys)), edge_url_(std::move(edge_url)) {}

  [[nodiscard]] std::string token(std::string_view prefix, std::int64_t expiry) const;
  // True where `path` ("videos/{id}/{rev}/{file}", as in the URL, undecoded) lies under the token's prefix and
  // now < expiry. Pure.
  [[nodiscard]] bool verify(std::string_view token, std::string_view path, base::Time now) const;

  // URLs that are signed in one window are the same.
  [[nodiscard]] static std::int64_t window_of(base::Time now);
  // "{edge}/{token}/" for the objects under `prefix`; the URL is that and the object's key.
  [[nodiscard]] std::string signed_base(std::string_view prefix, base::Time now) const;

 private:
  base::SigningKeys keys_;
  std::string edge_url_;
};

// Proof that a video was handed out, and when: what makes a view plausible.
inline constexpr std::chrono::hours kPlayTokenLife{12};

class PlayTokens {
 public:
  explicit PlayTokens(base::SigningKeys keys) : keys_(std::move(keys)) {}

  [[nodiscard]] std::string issue(base::VideoId video, base::Time now) const;
  // The second of issue, or nothing where the token is not ours or another video's. Its age is for the caller to judge.
  [[nodiscard]] std::optional<base::Time> issued_at(std::string_view token, base::VideoId video) const;

 private:
  base::SigningKeys keys_;
};

// The embedded edge: GET /{token}/{path...}, from a store on this machine, or with redirects to one that viewers reach
// by themselves.
struct EmbeddedEdge {
  const MediaSigner& signer;
  ports::ObjectStore& store;
  const ports::Clock& clock;
  RecentTexts texts{};
};
void add_routes(http::Router& router, EmbeddedEdge& edge);

}  // namespace luot::playback
