#include "adapters/s3/s3_settings.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "base/encoding.hpp"

namespace luot::s3 {
namespace {

constexpr std::string_view kForm =
    "storage_url must look like s3://bucket?endpoint=https://host&region=...&style=path|virtual&prefix=...";

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error("storage_url: " + why + ". " + std::string(kForm));
}

bool is_plain(std::string_view text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [also](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           also.find(c) != std::string_view::npos;
  });
}

using Options = std::map<std::string, std::string, std::less<>>;

Options parse_options(std::string_view query) {
  Options options{{"endpoint", ""}, {"public_endpoint", ""}, {"region", ""}, {"style", ""}, {"prefix", ""}};
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = pair.find('=');
    const auto found = options.find(pair.substr(0, equals));
    if (equals == std::string_view::npos || found == options.end()) {
      refuse("there is no option \"" + std::string(pair.substr(0, equals)) + "\"");
    }
    const auto value = base::percent_decode(pair.substr(equals + 1));
    if (!value) refuse("the value of " + found->first + " cannot be read");
    found->second = *value;
  }
  return options;
}

struct Endpoint {
  std::string scheme;  // "https://"
  std::string host;    // with its port
};

Endpoint parse_endpoint(std::string url, const std::string& name) {
  while (url.ends_with('/'))
    url.pop_back();
  Endpoint endpoint{url.starts_with("https://") ? "https://" : "http://", ""};
  if (!url.starts_with(endpoint.scheme)) refuse(name + " must begin with https:// or http://");
  endpoint.host = url.substr(endpoint.scheme.size());
  if (!is_plain(endpoint.host, ".-:[]")) refuse(name + " must be https://host or https://host:port, without a path");
  // As clients write the Host header, which is signed.
  const std::string usual_port = endpoint.scheme == "https://" ? ":443" : ":80";
  if (endpoint.host.ends_with(usual_port)) endpoint.host.resize(endpoint.host.size() - usual_port.size());
  return endpoint;
}

Address address_of(const Endpoint& endpoint, const std::string& bucket, bool virtual_host) {
  Address address;
  address.host = virtual_host ? bucket + "." + endpoint.host : endpoint.host;
  address.origin = endpoint.scheme + address.host;
  address.path = virtual_host ? "/" : "/" + bucket + "/";
  return address;
}

std::string amazon_endpoint(const std::string& region) {
  return "https://s3." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

std::string checked_prefix(std::string prefix) {
  while (prefix.ends_with('/'))
    prefix.pop_back();
  if (prefix.empty()) return prefix;
  if (!is_plain(prefix, "._-/") || prefix.starts_with('/') || prefix.find("//") != std::string::npos) {
    refuse("prefix must be words of letters, digits, \".\", \"_\" and \"-\", with slashes between them");
  }
  return prefix + "/";
}

}  // namespace

Location parse_location(std::string_view url) {
  if (!url.starts_with("//")) refuse("the bucket is missing");
  url.remove_prefix(2);
  const auto mark = std::min(url.find('?'), url.size());
  auto options = parse_options(url.substr(std::min(mark + 1, url.size())));
  Location location;
  location.bucket = url.substr(0, mark);
  if (location.bucket.ends_with('/')) location.bucket.pop_back();
  if (!is_plain(location.bucket, "._-")) refuse("the bucket's name is missing or cannot be");
  const bool is_r2 = options["endpoint"].find(".r2.cloudflarestorage.com") != std::string::npos;
  location.region = options["region"].empty() ? (is_r2 ? "auto" : "us-east-1") : options["region"];
  if (!is_plain(location.region, "-_")) refuse("the region's name cannot be");
  location.prefix = checked_prefix(options["prefix"]);

  auto style = options["style"];
  if (style.empty()) style = options["endpoint"].empty() ? "virtual" : "path";
  if (style != "path" && style != "virtual") refuse("style must be path or virtual");
  if (options["endpoint"].empty()) options["endpoint"] = amazon_endpoint(location.region);
  if (options["public_endpoint"].empty()) options["public_endpoint"] = options["endpoint"];
  const bool virtual_host = style == "virtual";
  location.address = address_of(parse_endpoint(options["endpoint"], "endpoint"), location.bucket, virtual_host);
  location.public_address =
      address_of(parse_endpoint(options["public_endpoint"], "public_endpoint"), location.bucket, virtual_host);
  return location;
}

Credentials read_credentials(const Environment& environment) {
  Credentials credentials;
  credentials.access_key = environment("AWS_ACCESS_KEY_ID").value_or("");
  credentials.secret_key = environment("AWS_SECRET_ACCESS_KEY").value_or("");
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    throw std::runtime_error(
        "storage_url names an S3 bucket: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, where "
        "the credentials have one) in the environment");
  }
  const auto token = environment("AWS_SESSION_TOKEN").value_or("");
  if (!token.empty()) credentials.session_token = token;
  return credentials;
}

}  // namespace luot::s3
