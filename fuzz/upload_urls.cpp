// The embedded store's upload URLs: an object's key, the query of its URL, and from the third line on a mask that
// changes good queries, one of a whole object and one of a part. The PUT route itself is asked: 411 is its answer to a
// good URL without a Content-Length.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>

#include "adapters/localdir/localdir_routes.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "fuzz/property.hpp"
#include "http/target.hpp"

namespace luot::fuzz {
namespace {

class Unsized final : public http::BodyReader {
 public:
  [[nodiscard]] std::optional<std::uint64_t> content_length() const override { return std::nullopt; }
  base::Task<std::size_t> read_some(boost::asio::mutable_buffer /*buffer*/) override { co_return 0; }
};

class NoHeaders final : public http::Headers {
 public:
  [[nodiscard]] std::string_view find(std::string_view /*name*/) const override { return {}; }
};

class Store {
 public:
  Store() {
    localdir::add_routes(router_, routes_);
    std::filesystem::remove_all(folder_);  // nothing here gets as far as a file
  }

  [[nodiscard]] ports::SignedRequest sign(const std::string& key, const std::string& type, std::uint64_t size,
                                          base::Time expires) const {
    return store_.sign_put(key, type, size, expires);
  }
  [[nodiscard]] ports::SignedRequest sign_part(const ports::Multipart& upload, std::int64_t number,
                                               const std::string& type, std::uint64_t size, base::Time expires) const {
    return store_.sign_part(upload, number, type, size, expires);
  }
  [[nodiscard]] base::Time now() const { return clock_.now(); }

  bool accepts(std::string_view key, std::string_view query) {
    http::Request request;
    const NoHeaders headers;
    Unsized body;
    request.headers = &headers;
    request.body = &body;
    request.query = query;
    request.params.emplace_back("key", key);
    boost::asio::io_context loop(1);
    std::string code;
    boost::asio::co_spawn(loop, router_.routes().front()->handler(request), [&](std::exception_ptr fault, auto answer) {
      if (fault) std::rethrow_exception(fault);
      require(answer.has_error(), "no URL is good enough without a Content-Length");
      code = answer.error().code;
    });
    loop.run();
    require(code == "length_required" || code == "upload_url_invalid", "a URL is good or it is not");
    return code == "length_required";
  }

 private:
  const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("luot-fuzz-" + base::random_name());
  base::BlockingPool files_{"files", 1, 1};
  const ports::ManualClock clock_{base::Time(std::chrono::seconds(1'800'000'000))};
  localdir::LocalDirObjectStore store_{folder_, "http://here", base::SigningKeys("current"), files_};
  localdir::StorageRoutes routes_{store_, clock_, {}};
  http::Router router_;
};

Store& store() {
  static Store made;
  return made;
}

std::string query_of(const std::string& url) {
  return url.substr(url.find('?') + 1);
}

// A good URL says the same as one that we would sign, whatever escapes it is written in.
void check_forged(std::string_view key, std::string_view query) {
  if (!store().accepts(key, query)) return;
  const auto pairs = *http::parse_query(query);
  std::map<std::string, std::string> fields(pairs.begin(), pairs.end());
  const auto expires = base::Time(std::chrono::seconds(std::stoll(fields["expires"])));
  require(expires > store().now(), "what has expired is refused");
  const auto size = std::stoull(fields["size"]);
  const bool is_part = fields.contains("upload") || fields.contains("part");
  const auto ours = is_part ? store().sign_part({std::string(key), fields["upload"]}, std::stoll(fields["part"]),
                                                fields["type"], size, expires)
                            : store().sign(std::string(key), fields["type"], size, expires);
  require(ours.url.ends_with("&signature=" + fields["signature"]), "only what we signed is accepted, to the letter");
  require(localdir::is_valid_key(key), "what is signed is a key");
}

void check_signed(std::string_view mask) {
  const std::string key = "uploads/0abcDEF1234/source";
  const auto query = query_of(store().sign(key, "video/mp4; a=\"ư\"", 77, store().now() + std::chrono::hours(1)).url);
  require(store().accepts(key, query), "a signed URL is accepted");
  require(!store().accepts(key + "2", query), "for its own key alone");
  check_forged(key, mangled(query, mask));
  check_forged(mangled(key, mask), query);
}

std::string signature_of(const std::string& query) {
  return query.substr(query.find("&signature="));
}

std::string before_signature(const std::string& query) {
  return query.substr(0, query.find("&signature="));
}

// The signature of a whole object is none of a part, and that of a part none of another or of the whole.
void check_signed_part(std::string_view mask) {
  const ports::Multipart upload{"originals/0abcDEF1234/x/source", "0123456789ABCDEFGHIJKL"};
  const auto later = store().now() + std::chrono::hours(1);
  const auto part = query_of(store().sign_part(upload, 7, "video/mp4", 77, later).url);
  const auto other = query_of(store().sign_part(upload, 8, "video/mp4", 77, later).url);
  const auto of_another = query_of(store().sign_part({upload.key, "other"}, 7, "video/mp4", 77, later).url);
  const auto whole = query_of(store().sign(upload.key, "video/mp4", 77, later).url);
  require(store().accepts(upload.key, part), "a part's signed URL is accepted");
  for (const auto& query : {other, of_another, whole}) {
    require(!store().accepts(upload.key, before_signature(part) + signature_of(query)), "a part has its own signature");
    require(!store().accepts(upload.key, before_signature(query) + signature_of(part)), "which is good for no other");
  }
  check_forged(upload.key, mangled(part, mask));
  check_forged(mangled(upload.key, mask), part);
}

}  // namespace

void check(std::string_view input) {
  Lines lines(input);
  const auto key = lines.next();
  check_forged(key, lines.next());
  check_signed(lines.rest());
  check_signed_part(lines.rest());
}

}  // namespace luot::fuzz
