#include "adapters/redis/redis_url.hpp"

#include <charconv>

namespace luot::redis {
namespace {

template <typename T>
T read_number(std::string_view text, T least, T most, const char* what) {
  T number{};
  const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || stopped != text.data() + text.size() || number < least || number > most) {
    throw InvalidUrl(std::string("its ") + what + " must be a number from " + std::to_string(least) + " to " +
                     std::to_string(most));
  }
  return number;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    unsigned value = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto [stopped, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || failure != std::errc() || stopped != digits.data() + 2) {
      throw InvalidUrl("a % in it is not followed by two hexadecimal digits");
    }
    decoded.push_back(static_cast<char>(value));
    i += 2;
  }
  return decoded;
}

void read_credentials(RedisUrl& url, std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) throw InvalidUrl("before the @ it must have user:password or :password");
  url.user = percent_decoded(text.substr(0, colon));
  url.password = percent_decoded(text.substr(colon + 1));
}

// An IPv6 address stands in brackets.
void read_place(RedisUrl& url, std::string_view text) {
  const auto host_end = text.starts_with('[') ? text.find(']') : text.find(':');
  auto rest = host_end == std::string_view::npos ? std::string_view() : text.substr(host_end);
  url.host = text.substr(0, host_end);
  if (url.host.starts_with('[')) {
    if (rest.empty()) throw InvalidUrl("its address has no closing bracket");
    url.host.erase(0, 1);
    rest.remove_prefix(1);
  }
  if (url.host.empty()) throw InvalidUrl("it must have a host");
  if (rest.empty()) return;
  if (!rest.starts_with(':')) throw InvalidUrl("only a port may follow its address");
  url.port = std::to_string(read_number(rest.substr(1), 1, 65535, "port"));
}

void read_option(RedisUrl& url, std::string_view text) {
  constexpr std::string_view kFile = "ca=";
  if (!url.tls || !text.starts_with(kFile) || text.size() == kFile.size()) {
    throw InvalidUrl("what may follow a ? is ca=file, after rediss://");
  }
  url.ca_file = percent_decoded(text.substr(kFile.size()));
}

}  // namespace

RedisUrl parse_url(std::string_view text) {
  constexpr std::string_view kPlain = "redis://";
  constexpr std::string_view kTls = "rediss://";
  RedisUrl url;
  url.tls = text.starts_with(kTls);
  if (!url.tls && !text.starts_with(kPlain)) throw InvalidUrl("it must begin with redis:// or rediss://");
  text.remove_prefix(url.tls ? kTls.size() : kPlain.size());
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    read_credentials(url, text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    read_option(url, text.substr(mark + 1));
    text = text.substr(0, mark);
  }
  const auto slash = text.find('/');
  read_place(url, text.substr(0, slash));
  if (slash != std::string_view::npos && slash + 1 < text.size()) {
    url.database = read_number(text.substr(slash + 1), 0, 1'000'000, "database");
  }
  return url;
}

}  // namespace luot::redis
