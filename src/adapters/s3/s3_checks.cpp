#include "adapters/s3/s3_checks.hpp"

#include "adapters/s3/s3_rules.hpp"
#include "adapters/s3/s3_xml.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"

namespace luot::s3 {
namespace {

using base::broken;
using base::doubtful;
using base::Finding;
using base::Findings;
using base::good;
using base::mended;

constexpr std::chrono::seconds kNoticeableSkew{30};
constexpr const char* kText = "probe";
constexpr const char* kTextType = "text/plain";
const std::string kFix = "luot doctor --fix does it";

bool has_token(const std::string& list, std::string_view token) {
  const auto lower = base::to_lower_ascii(list);
  return lower == "*" || lower.find(token) != std::string::npos;
}

class BucketCheck {
 public:
  BucketCheck(Location location, Credentials credentials, const ports::Clock& clock)
      : client_(std::move(location), std::move(credentials), clock), clock_(clock) {}

  // False where there is no use in going on.
  bool look_for_bucket() {
    Call call = bucket_call("s3:ListBucket", "GET", {{"list-type", "2"}, {"max-keys", "1"}});
    const auto answer = client_.attempt(call);
    const auto ahead = clock_ahead(answer.http, clock_.now());
    if (!answer.is_good()) {
      const auto region = answer.http.header("x-amz-bucket-region");
      const auto advice = client_.hint(call, answer) + (region.empty() ? "" : " (region=" + region + ")");
      found_.push_back(broken("the bucket cannot be used: " + answer.words(), advice));
      return false;
    }
    found_.push_back(
        good("the bucket " + client_.location().bucket + " is there, at " + client_.location().address.origin));
    if (ahead && std::chrono::abs(*ahead) > kNoticeableSkew) {
      found_.push_back(doubtful("the store's clock differs from this machine's by " +
                                    std::to_string(std::abs(ahead->count())) + " s; beyond 900 it refuses everything",
                                "set this machine's clock, and keep it so (NTP)"));
    } else if (ahead) {
      found_.push_back(good("its clock agrees with this machine's"));
    }
    return true;
  }

  void look_at_permissions() {
    const auto before = found_.size();
    must(object_call("s3:PutObject", "PUT", key_, {}, kText));
    must(object_call("s3:GetObject", "GET", key_));
    must(object_call("s3:GetObject", "HEAD", key_));
    Call copy = object_call("s3:GetObject and s3:PutObject", "PUT", copy_key_);
    copy.headers = {{"x-amz-copy-source", client_.location().bucket + "/" + client_.location().prefix + key_}};
    must(copy);
    must(bucket_call("s3:ListBucketMultipartUploads", "GET", {{"uploads", ""}}));
    look_at_parts();
    if (found_.size() == before)
      found_.push_back(good("objects can be written, read, copied and listed, also in parts"));
  }

  void look_at_privacy() {
    const auto& address = client_.location().address;
    const auto before = found_.size();
    const auto object = address.origin + address.path + client_.location().prefix + key_;
    const auto refused = [this](const std::string& method, const std::string& url, const std::string& what) {
      const auto status = plain(method, url, {}, method == "PUT" ? kText : "").status;
      if (status >= 400 && status < 500) return;
      found_.push_back(broken("anybody can " + what + " without a signature (status " + std::to_string(status) + ")",
                              "take public access from the bucket: its policy, its ACL, and the provider's switch"));
    };
    refused("GET", object, "read objects");
    refused("GET", address.origin + address.path + "?list-type=2", "list the bucket");
    refused("PUT", object, "write objects");
    if (found_.size() == before) found_.push_back(good("unsigned requests are refused"));
  }

  // At the address that clients use, which need not be reached from here.
  void look_as_clients_do(const std::vector<std::string>& page_origins, Mend mend) {
    try {
      look_at_signed_urls();
      look_at_cors(page_origins, mend);
    } catch (const TransportError& e) {
      const auto& location = client_.location();
      if (location.public_address.origin == location.address.origin) throw;
      found_.push_back(doubtful(location.public_address.origin + " does not answer from here: " + e.what(),
                                "run luot doctor once more where clients are, to look at signed URLs and CORS"));
    }
  }

  void look_at_signed_urls() {
    const auto before = found_.size();
    const auto now = clock_.now();
    const auto life = std::chrono::seconds(60);
    const std::string text = kText;
    const auto put = client_.presigned_url(
        "PUT", key_, {}, {{"content-length", std::to_string(text.size())}, {"content-type", kTextType}}, now, life);
    const auto get = client_.presigned_url("GET", key_, {}, {}, now, life);
    const auto advice = "the store must check signatures of version 4 with signed headers, at public_endpoint, too";
    const auto expect = [&](const char* what, int status, bool holds) {
      if (!holds) found_.push_back(broken(std::string(what) + " (status " + std::to_string(status) + ")", advice));
    };
    const Pairs type{{"Content-Type", kTextType}};
    const auto sent = plain("PUT", put, type, text).status;
    expect("a signed PUT is refused", sent, sent == 200);
    const auto longer = plain("PUT", put, type, text + "!").status;
    expect("a signed PUT takes more bytes than were signed", longer, longer >= 400);
    const auto other = plain("PUT", put, {{"Content-Type", "text/html"}}, text).status;
    expect("a signed PUT takes another type than was signed", other, other >= 400);
    const auto part = plain("GET", get, {{"Range", "bytes=1-2"}}, "");
    expect("a signed GET of a range is not answered with it", part.status, part.status == 206 && part.body == "ro");
    if (found_.size() == before)
      found_.push_back(good("signed URLs work, for the size and type that were signed only"));
  }

  void look_at_cors(const std::vector<std::string>& origins, Mend mend) {
    auto missing = missing_in_cors(origins);
    if (missing.empty()) {
      found_.push_back(good("web pages may send and fetch videos (CORS)"));
      return;
    }
    if (mend == Mend::kYes) {
      if (set_rules("cors", "s3:PutBucketCORS", [&](const std::string& xml) { return with_cors_rule(xml, origins); })) {
        missing = missing_in_cors(origins);
        if (missing.empty()) {
          found_.push_back(mended("CORS is set: web pages may send and fetch videos"));
          return;
        }
      }
    }
    found_.push_back(broken("a web page cannot use the bucket (CORS): " + missing,
                            mend == Mend::kYes
                                ? "set CORS in the provider's console: PUT, GET and HEAD, all headers, ETag exposed"
                                : "allow PUT, GET and HEAD with all headers, and expose ETag: " + kFix));
  }

  void look_at_lifecycle(Mend mend) {
    const auto& own = client_.location().prefix;
    auto rules = lifecycle_rules();
    const auto ends = [&] {
      return rules && std::ranges::any_of(*rules, [&](const LifecycleRule& rule) {
               return rule.ends_unfinished_uploads && own.starts_with(rule.prefix);
             });
    };
    if (!ends() && mend == Mend::kYes) {
      if (set_rules("lifecycle", "s3:PutLifecycleConfiguration",
                    [&](const std::string& xml) { return with_lifecycle_rule(xml, own); })) {
        rules = lifecycle_rules();
        if (ends())
          found_.push_back(mended("a lifecycle rule is set: it ends uploads that are not finished in 2 days"));
      }
    } else if (ends()) {
      found_.push_back(good("a lifecycle rule ends uploads that are never finished"));
    }
    if (!ends()) {
      found_.push_back(doubtful("no lifecycle rule ends uploads in parts that a crash of this server forgot",
                                "add one (AbortIncompleteMultipartUpload, 2 days): " + kFix));
    }
    for (const auto& rule : rules.value_or(std::vector<LifecycleRule>())) {
      const auto videos = own + "videos/";
      if (!rule.removes_objects || !(videos.starts_with(rule.prefix) || rule.prefix.starts_with(videos))) continue;
      found_.push_back(broken("the lifecycle rule \"" + rule.id + "\" removes videos by their age",
                              "take it away, or limit it to another prefix: Luot removes what nobody needs by itself"));
    }
  }

  void look_at_versioning() {
    const auto answer = client_.attempt(bucket_call("s3:GetBucketVersioning", "GET", {{"versioning", ""}}));
    if (answer.is_good() && answer.http.body.find("<Status>Enabled</Status>") != std::string::npos) {
      found_.push_back(doubtful("the bucket keeps versions: videos that were deleted stay, and are paid for",
                                "suspend versioning, or let a lifecycle rule remove noncurrent versions"));
    }
  }

  void remove_probes() {
    for (const auto& key : {copy_key_, part_key_})
      client_.attempt(object_call("s3:DeleteObject", "DELETE", key));
    const auto before = found_.size();
    must(object_call("s3:DeleteObject", "DELETE", key_));
    if (found_.size() == before) found_.push_back(good("objects can be removed"));
  }

  Findings& found() { return found_; }

 private:
  static Call bucket_call(const char* permission, const char* method, Pairs query) {
    Call call;
    call.permission = permission;
    call.method = method;
    call.query = std::move(query);
    return call;
  }

  static Call object_call(const char* permission, const char* method, const std::string& key, Pairs query = {},
                          const std::string& body = "") {
    Call call = bucket_call(permission, method, std::move(query));
    call.key = key;
    if (!body.empty()) add_body(call, body);
    return call;
  }

  // The answer's body, or nothing where it is refused, which is a finding.
  std::optional<HttpAnswer> must(const Call& call) {
    const auto answer = client_.attempt(call);
    if (answer.is_good()) return answer.http;
    found_.push_back(broken(call.method + " is refused: " + answer.words(), client_.hint(call, answer)));
    return std::nullopt;
  }

  void look_at_parts() {
    const auto begun = must(object_call("s3:PutObject", "POST", part_key_, {{"uploads", ""}}));
    const auto id = begun ? read_upload_id(begun->body) : std::nullopt;
    if (!id) return;
    must(object_call("s3:PutObject", "PUT", part_key_, {{"partNumber", "1"}, {"uploadId", *id}}, kText));
    must(object_call("s3:ListMultipartUploadParts", "GET", part_key_, {{"uploadId", *id}}));
    must(object_call("s3:AbortMultipartUpload", "DELETE", part_key_, {{"uploadId", *id}}));
  }

  // Without our credentials.
  HttpAnswer plain(const std::string& method, const std::string& url, Pairs headers, const std::string& body) {
    HttpRequest request;
    request.method = method;
    request.url = url;
    request.headers = std::move(headers);
    request.body.size = body.size();
    request.body.read = [&body](std::uint64_t offset, std::span<char> out) {
      return body.copy(out.data(), out.size(), offset);
    };
    request.in_all = kQuick.in_all;
    return client_.http().send(request);
  }

  // What a browser asks before it sends a page's request, and what it looks at afterwards. Empty: all is allowed.
  std::string missing_in_cors(const std::vector<std::string>& origins) {
    const auto url = client_.presigned_url("GET", key_, {}, {}, clock_.now(), std::chrono::seconds(60));
    for (const auto& wanted : origins) {
      const auto origin = wanted == "*" ? std::string("https://luot.example") : wanted;
      const auto allows = [&](const HttpAnswer& answer) {
        const auto allowed = answer.header("access-control-allow-origin");
        return answer.is_good() && (allowed == "*" || allowed == origin);
      };
      for (const auto* method : {"PUT", "GET", "HEAD"}) {
        const auto answer = plain("OPTIONS", url.substr(0, url.find('?')),
                                  {{"Origin", origin},
                                   {"Access-Control-Request-Method", method},
                                   {"Access-Control-Request-Headers", "content-type,range"}},
                                  "");
        if (!allows(answer)) return std::string(method) + " from " + origin + " is not allowed";
      }
      const auto answer = plain("GET", url, {{"Origin", origin}}, "");
      if (!allows(answer)) return "answers to " + origin + " are not shown";
      if (!has_token(answer.header("access-control-expose-headers"), "etag")) return "ETag is not exposed to " + origin;
    }
    return "";
  }

  std::optional<std::vector<LifecycleRule>> lifecycle_rules() {
    const auto answer = client_.attempt(bucket_call("s3:GetLifecycleConfiguration", "GET", {{"lifecycle", ""}}));
    return answer.is_good() ? read_lifecycle(answer.http.body) : std::nullopt;
  }

  // The bucket's rules of that kind, with ours among them. False where it did not work, which is a finding.
  bool set_rules(const char* kind, const char* permission,
                 const std::function<std::optional<std::string>(const std::string& xml)>& changed) {
    const auto there = client_.attempt(bucket_call(permission, "GET", {{kind, ""}}));
    if (!there.is_good() && !there.is_missing()) {
      found_.push_back(broken(std::string("the bucket's rules cannot be read: ") + there.code,
                              client_.hint(bucket_call(permission, "GET", {}), there)));
      return false;
    }
    const auto rules = changed(there.is_good() ? there.http.body : "");
    if (!rules) {
      found_.push_back(broken("the bucket's rules cannot be understood", "set them in the provider's console"));
      return false;
    }
    Call call = bucket_call(permission, "PUT", {{kind, ""}});
    add_body(call, *rules);
    return must(call).has_value();
  }

  S3Client client_;
  const ports::Clock& clock_;
  const std::string key_ = "doctor/" + base::random_name();
  const std::string copy_key_ = key_ + "-copy";
  const std::string part_key_ = key_ + "-parts";
  Findings found_;
};

}  // namespace

Findings check_bucket(Location location, Credentials credentials, const ports::Clock& clock,
                      const std::vector<std::string>& page_origins, Mend mend) {
  const auto where = location.address.origin;
  BucketCheck check(std::move(location), std::move(credentials), clock);
  try {
    if (!check.look_for_bucket()) return check.found();
    check.look_at_permissions();
    check.look_at_privacy();
    check.look_as_clients_do(page_origins, mend);
    check.look_at_lifecycle(mend);
    check.look_at_versioning();
    check.remove_probes();
  } catch (const TransportError& e) {
    check.found().push_back(broken("the store does not answer at " + where + ": " + e.what(),
                                   "check endpoint (and public_endpoint) in storage_url, and the network between"));
  }
  return check.found();
}

}  // namespace luot::s3
