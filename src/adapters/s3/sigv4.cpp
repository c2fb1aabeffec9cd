#include "adapters/s3/sigv4.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace luot::s3 {
namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

std::string canonical_query(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(base::percent_encode(name), base::percent_encode(value));
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded)
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  return text;
}

// Without white space at the ends, and one space for each run of it inside.
std::string canonical_value(const std::string& value) {
  std::string text;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t';
    if (space && (text.empty() || text.back() == ' ')) continue;
    text.push_back(space ? ' ' : c);
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string names_of(const Pairs& sorted_headers) {
  std::string names;
  for (const auto& [name, value] : sorted_headers)
    names.append(names.empty() ? "" : ";").append(name);
  return names;
}

// `headers` are sorted.
std::string canonical_request(const Signable& request) {
  std::string text = request.method + "\n" + request.path + "\n" + canonical_query(request.query) + "\n";
  for (const auto& [name, value] : request.headers)
    text.append(name).append(":").append(canonical_value(value)).append("\n");
  return text + "\n" + names_of(request.headers) + "\n" + request.payload;
}

std::string scope_text(const Scope& scope) {
  return timestamp(scope.time).substr(0, 8) + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

std::string hmac(const std::string& key, const std::string& message) {
  return base::HmacKey(key).sign(message);
}

std::string signature(const Signable& request, const Credentials& credentials, const Scope& scope) {
  std::string text = kAlgorithm;
  for (const auto& line :
       {timestamp(scope.time), scope_text(scope), base::hex_encode(base::sha256(canonical_request(request)))})
    text.append("\n").append(line);
  auto key = "AWS4" + credentials.secret_key;
  for (const auto& step :
       {timestamp(scope.time).substr(0, 8), scope.region, scope.service, std::string("aws4_request")})
    key = hmac(key, step);
  return base::hex_encode(hmac(key, text));
}

}  // namespace

std::string timestamp(base::Time time) {
  std::string text = base::format_rfc3339(time);  // 2013-05-24T00:00:00.000000Z
  text.resize(19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

std::string encode_query(const Pairs& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    text.append(text.empty() ? "" : "&").append(base::percent_encode(name));
    text.append("=").append(base::percent_encode(value));
  }
  return text;
}

std::string authorization(Signable request, const Credentials& credentials, const Scope& scope) {
  std::ranges::sort(request.headers);
  std::string header = kAlgorithm;
  header.append(" Credential=").append(credentials.access_key).append("/").append(scope_text(scope));
  header.append(", SignedHeaders=").append(names_of(request.headers));
  return header.append(", Signature=").append(signature(request, credentials, scope));
}

std::string presigned_query(Signable request, const Credentials& credentials, const Scope& scope,
                            std::chrono::seconds life) {
  std::ranges::sort(request.headers);
  const auto shown = std::clamp(life, std::chrono::seconds(1), std::chrono::seconds(kLongestPresigned));
  request.query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  request.query.emplace_back("X-Amz-Credential", credentials.access_key + "/" + scope_text(scope));
  request.query.emplace_back("X-Amz-Date", timestamp(scope.time));
  request.query.emplace_back("X-Amz-Expires", std::to_string(shown.count()));
  request.query.emplace_back("X-Amz-SignedHeaders", names_of(request.headers));
  if (credentials.session_token) request.query.emplace_back("X-Amz-Security-Token", *credentials.session_token);
  return encode_query(request.query) + "&X-Amz-Signature=" + signature(request, credentials, scope);
}

}  // namespace luot::s3
