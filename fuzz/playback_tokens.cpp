// Media and play tokens: a token that may be forged, the path or the video's id that it is for, the time in seconds,
// and from the fourth line on a mask that changes a good token.
#include <algorithm>

#include "adapters/localdir/localdir_object_store.hpp"
#include "base/encoding.hpp"
#include "features/playback/playback.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {
namespace {

constexpr std::int64_t kLatest = 4'000'000'000;  // seconds: an expiry has 32 bits

const playback::MediaSigner kSigner(base::SigningKeys("current", "previous"), "http://edge");
const playback::MediaSigner kFormerSigner(base::SigningKeys("previous"), "http://edge");
const playback::PlayTokens kPlay{base::SigningKeys("current", "previous")};
const playback::PlayTokens kFormerPlay{base::SigningKeys("previous")};

// Of "a/b/c/d": "a/b/c/".
std::string three_segments(std::string_view path) {
  std::size_t end = 0;
  for (int i = 0; i < 3 && end != std::string_view::npos; ++i)
    end = path.find('/', end) + 1;
  return std::string(path.substr(0, end));
}

std::int64_t expiry_of(std::string_view token) {
  const auto bytes = *base::base64url_decode(token);
  std::int64_t expiry = 0;
  for (const char c : bytes.substr(0, 4))
    expiry = expiry << 8 | static_cast<unsigned char>(c);
  return expiry;
}

void check_media(std::string_view token, std::string_view path, base::Time now) {
  if (!kSigner.verify(token, path, now)) return;
  const auto prefix = three_segments(path);
  const auto expiry = expiry_of(token);
  require(kSigner.token(prefix, expiry) == token || kFormerSigner.token(prefix, expiry) == token,
          "only what we signed is accepted, to the letter");
  require(base::unix_seconds(now) < expiry, "what has expired is refused");
  require(path.starts_with("videos/") && localdir::is_valid_key(path), "what is signed is a rendition's key");
}

void check_play(std::string_view token, std::string_view id) {
  const auto video = base::VideoId::parse(id);
  const auto issued = video ? kPlay.issued_at(token, *video) : std::nullopt;
  require(!issued || kPlay.issue(*video, *issued) == token || kFormerPlay.issue(*video, *issued) == token,
          "only what we issued is accepted, to the letter");
}

void check_changed(std::string_view mask, base::Time now) {
  const std::string prefix = "videos/0abcDEF1234/0123456789A/";
  const auto base_url = kSigner.signed_base(prefix, now);
  const auto token = base_url.substr(std::string_view("http://edge/").size(), 48);
  require(base_url == "http://edge/" + token + "/", "a signed URL is edge, token and a slash");
  require(kSigner.verify(token, prefix + "master.m3u8", now), "a signed path is accepted");
  require(kSigner.verify(token, prefix + "a", now + playback::kWindow), "for a whole window more");
  require(!kSigner.verify(token, prefix + "a", now + playback::kLongestUrlLife), "and not for two");
  const auto changed = mangled(token, mask);
  require(changed == token || !kSigner.verify(changed, prefix + "a", now), "a changed token is refused");
  const auto path = mangled(prefix, mask) + "a";
  require(path == prefix + "a" || !kSigner.verify(token, path, now), "a token is good for its own prefix alone");

  const base::VideoId video{(base::unix_seconds(now) << 31) + static_cast<std::int64_t>(mask.size())};
  const auto play = kPlay.issue(video, now);
  require(play.size() == 38 && kPlay.issued_at(play, video) == now, "a play token gives back its second");
  require(!kPlay.issued_at(play, base::VideoId{video.value ^ 1}), "and is good for its own video alone");
  const auto forged = mangled(play, mask);
  require(forged == play || !kPlay.issued_at(forged, video), "a changed play token is refused");
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto token = lines.next();
  const auto path = lines.next();
  const auto now = base::Time(std::chrono::seconds(std::clamp<std::int64_t>(lines.number(), 0, kLatest)));
  check_media(token, path, now);
  check_play(token, path);
  check_changed(lines.rest(), now);
}

}  // namespace luot::fuzz
