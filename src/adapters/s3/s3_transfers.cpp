// Files to the store and back, and copies inside it: a piece at a time, so that memory does not grow with them.
#include "adapters/s3/s3_object_store.hpp"
#include "adapters/s3/s3_xml.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace luot::s3 {
namespace {

using base::Task;

constexpr std::uint64_t kMostParts = 10'000;
// What is uploaded from here is a revision's, which never changes.
constexpr const char* kForever = "public, max-age=31536000, immutable";

std::uint64_t divided_up(std::uint64_t number, std::uint64_t by) {
  return number / by + (number % by == 0 ? 0 : 1);
}

// An object on its way into a file. Where the connection breaks, it goes on from there.
struct Fetched {
  base::File& file;
  const std::uint64_t size;
  const std::string etag;
  std::uint64_t offset = 0;

  Call call(const std::string& key) {
    Call get;
    get.permission = "s3:GetObject and s3:ListBucket";
    get.method = "GET";
    get.key = key;
    get.patience = kTransfer;
    if (offset > 0) get.headers = {{"if-match", etag}, {"range", "bytes=" + std::to_string(offset) + "-"}};
    get.sink = [this, begins = true](int status, std::span<const char> bytes) mutable {
      if (begins && status == 200) offset = 0;  // the store knows no ranges
      begins = false;
      if (bytes.size() > size - offset) throw TransportError("more bytes than the object has");
      file.write_at(offset, bytes);
      offset += bytes.size();
    };
    return get;
  }
};

}  // namespace

void S3ObjectStore::fetch(const std::string& key, base::File& file) {
  const auto found = find(key);
  if (!found) throw std::runtime_error("there is no object " + key);
  Fetched fetched{file, found->size, found->etag};
  Retries retries(client_, fetched.call(key));
  while (fetched.offset < found->size) {
    const auto before = fetched.offset;
    std::string trouble = "the answer ended early";
    try {
      const auto call = fetched.call(key);
      const auto answer = client_.attempt(call);
      if (!answer.is_good() && !S3Client::is_passing(answer)) client_.refuse(call, answer);
      if (!answer.is_good()) trouble = answer.code;
    } catch (const TransportError& e) {
      trouble = e.what();
    }
    if (fetched.offset == found->size) break;
    if (fetched.offset > before) retries.made_progress();
    retries.again_after(trouble);
  }
}

Task<void> S3ObjectStore::download(std::string key, std::filesystem::path path) {
  co_await transfers_.run([this, &key, &path] {
    auto file = base::File::create_exclusive(path);
    fetch(key, file);
  });
}

void S3ObjectStore::put_whole(const base::File& file, const std::string& key, Pairs headers) {
  Call call;
  call.permission = "s3:PutObject";
  call.method = "PUT";
  call.key = key;
  call.headers = std::move(headers);
  call.patience = kTransfer;
  add_body(call, file, 0, file.size());
  sent(call);
}

ports::Part S3ObjectStore::put_part(const base::File& file, const ports::Multipart& upload, std::int64_t number,
                                    Span span) {
  Call call;
  call.permission = "s3:PutObject";
  call.method = "PUT";
  call.key = upload.key;
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload.id}};
  call.patience = kTransfer;
  add_body(call, file, span.offset, span.size);
  return {number, span.size, sent(call).http.header("etag")};
}

// The parts of an object of `size` bytes, by number; `make` answers nothing where it has to be given up.
bool S3ObjectStore::make_in_parts(const std::string& key, Pairs headers, std::uint64_t size, std::uint64_t part_size,
                                  const MakePart& make) {
  const ports::Multipart upload{key, begin(key, std::move(headers))};
  part_size = std::max(part_size, divided_up(size, kMostParts));
  try {
    std::vector<ports::Part> parts;
    std::uint64_t offset = 0;
    while (offset < size) {
      const auto part = make(upload, std::ssize(parts) + 1, {offset, std::min(part_size, size - offset)});
      if (!part) break;
      parts.push_back(*part);
      offset += part->size;
    }
    if (offset == size && assemble(upload, parts)) return true;
  } catch (...) {
    forget(upload);
    throw;
  }
  forget(upload);
  return false;
}

// As well as it goes: what stays is removed with its prefix, or by the bucket's lifecycle rule.
void S3ObjectStore::forget(const ports::Multipart& upload) {
  try {
    abort(upload);
  } catch (const std::exception& e) {
    base::log::warning("parts not removed yet", {{"key", upload.key}, {"error", e.what()}});
  }
}

Task<void> S3ObjectStore::upload(std::filesystem::path path, std::string key, std::string content_type) {
  co_await transfers_.run([this, &path, &key, &content_type] {
    const auto file = base::File::open_read(path);
    Pairs headers{{"content-type", content_type}, {"cache-control", kForever}};
    if (file.size() > tuning_.parts_above) {
      const MakePart make = [this, &file](const ports::Multipart& upload, std::int64_t number, Span span) {
        return std::optional(put_part(file, upload, number, span));
      };
      if (!make_in_parts(key, std::move(headers), file.size(), tuning_.part, make)) {
        throw base::Unavailable("unavailable", "The storage has lost parts of what was uploaded.");
      }
    } else {
      put_whole(file, key, std::move(headers));
    }
  });
}

std::string S3ObjectStore::copy_source(const std::string& key) const {
  return client_.location().bucket + "/" + client_.location().prefix + key;
}

// What `from` is at one moment, even where it is replaced meanwhile.
bool S3ObjectStore::copy_whole(const std::string& from, const std::string& to) {
  Call call;
  call.permission = "s3:GetObject and s3:PutObject";
  call.method = "PUT";
  call.key = to;
  call.headers = {{"x-amz-copy-source", copy_source(from)}};
  call.expects = "CopyObjectResult";
  call.patience = kStoreWorks;
  const auto answer = client_.send(call);
  if (answer.is_missing()) return false;
  if (!answer.is_good()) client_.refuse(call, answer);
  return true;
}

// Nothing where `from` is no more what was found.
std::optional<ports::Part> S3ObjectStore::copy_part(const std::string& from, const ports::Multipart& to,
                                                    std::int64_t number, const Found& found, Span span) {
  Call call;
  call.permission = "s3:GetObject and s3:PutObject";
  call.method = "PUT";
  call.key = to.key;
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", to.id}};
  call.headers = {{"x-amz-copy-source", copy_source(from)},
                  {"x-amz-copy-source-if-match", found.etag},
                  {"x-amz-copy-source-range",
                   "bytes=" + std::to_string(span.offset) + "-" + std::to_string(span.offset + span.size - 1)}};
  call.expects = "CopyPartResult";
  call.patience = kStoreWorks;
  const auto answer = client_.send(call);
  if (answer.is_missing() || answer.http.status == 412) return std::nullopt;
  if (!answer.is_good()) client_.refuse(call, answer);
  const auto etag = read_copied_etag(answer.http.body);
  if (!etag) throw base::Unavailable("unavailable", "The storage's answer to a copy cannot be read.");
  return ports::Part{number, span.size, *etag};
}

bool S3ObjectStore::copy_in_parts(const std::string& from, const std::string& to, const Found& found) {
  const MakePart make = [this, &from, &found](const ports::Multipart& upload, std::int64_t number, Span span) {
    auto part = copy_part(from, upload, number, found, span);
    // Ceph takes no notice of if-match, so it is looked at once more after the last part.
    if (!part || span.offset + span.size < found.size) return part;
    const auto now = find(from);
    return now && now->etag == found.etag ? part : std::nullopt;
  };
  return make_in_parts(to, found.kept_headers, found.size, tuning_.copied_part, make);
}

Task<bool> S3ObjectStore::copy(std::string from, std::string to) {
  co_return co_await transfers_.run([this, &from, &to] {
    const auto found = find(from);
    if (!found) return false;
    if (found->size <= tuning_.copy_in_parts_above) return copy_whole(from, to);
    if (copy_in_parts(from, to, *found)) return true;
    throw base::Unavailable("unavailable", "The object changed while it was copied; try again shortly.");
  });
}

}  // namespace luot::s3
