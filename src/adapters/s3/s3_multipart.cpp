// Uploads in parts, of clients and of our own.
#include "adapters/s3/s3_object_store.hpp"
#include "adapters/s3/s3_xml.hpp"
#include "base/result.hpp"

namespace luot::s3 {
namespace {

using base::Task;

[[noreturn]] void cannot_be_read(const char* what) {
  throw base::Unavailable("unavailable", std::string("The storage's ") + what + " cannot be read.");
}

}  // namespace

std::string S3ObjectStore::begin(const std::string& key, Pairs headers) {
  Call call;
  call.permission = "s3:PutObject";
  call.method = "POST";
  call.key = key;
  call.query = {{"uploads", ""}};
  call.expects = "InitiateMultipartUploadResult";
  call.headers = std::move(headers);
  auto id = read_upload_id(sent(call).http.body);
  if (!id) cannot_be_read("answer to a new upload");
  return *std::move(id);
}

Task<ports::Multipart> S3ObjectStore::begin_multipart(std::string key, std::string content_type) {
  auto id = co_await requests_.run([this, &key, &content_type] {
    return begin(key, {{"content-type", content_type}});
  });
  co_return ports::Multipart{std::move(key), std::move(id)};
}

ports::SignedRequest S3ObjectStore::sign_part(const ports::Multipart& upload, std::int64_t number,
                                              const std::string& content_type, std::uint64_t size,
                                              base::Time expires_at) const {
  return presigned_put(upload.key, {{"partNumber", std::to_string(number)}, {"uploadId", upload.id}}, content_type,
                       size, expires_at);
}

std::vector<ports::Part> S3ObjectStore::parts_of(const ports::Multipart& upload) {
  std::vector<ports::Part> parts;
  std::optional<std::string> marker;
  do {
    Call call;
    call.permission = "s3:ListMultipartUploadParts";
    call.method = "GET";
    call.key = upload.key;
    call.query = {{"uploadId", upload.id}};
    call.expects = "ListPartsResult";
    if (marker) call.query.emplace_back("part-number-marker", *marker);
    const auto answer = client_.send(call);
    if (answer.is_missing()) return {};
    if (!answer.is_good()) client_.refuse(call, answer);
    const auto page = read_parts(answer.http.body);
    if (!page || (page->next && page->next == marker)) cannot_be_read("list of parts");
    parts.insert(parts.end(), page->parts.begin(), page->parts.end());
    marker = page->next;
  } while (marker);
  std::ranges::sort(parts, {}, &ports::Part::number);
  return parts;
}

Task<std::vector<ports::Part>> S3ObjectStore::list_parts(ports::Multipart upload) {
  co_return co_await requests_.run([this, &upload] { return parts_of(upload); });
}

// False where there is no such upload any more, or not all its parts.
bool S3ObjectStore::ask_to_complete(const Call& call, const ports::Multipart& upload) {
  Retries retries(client_, call);
  while (true) {
    std::string trouble;
    try {
      const auto answer = client_.attempt(call);
      if (answer.is_good()) return true;
      const bool known = answer.is_missing() || answer.is("InvalidPart") || answer.is("InvalidPartOrder") ||
                         answer.is("EntityTooSmall");
      if (known) return false;
      if (!S3Client::is_passing(answer)) client_.refuse(call, answer);
      trouble = answer.words();
    } catch (const TransportError& e) {
      trouble = e.what();
    }
    retries.again_after(trouble);
    // Ceph says of an upload that is over that it is being completed just now, for ever.
    if (parts_of(upload).empty()) return false;
  }
}

// False where neither the object nor all these parts are there.
bool S3ObjectStore::assemble(const ports::Multipart& upload, const std::vector<ports::Part>& parts) {
  // Where the store has not listed them, there is nothing to name them by, unless they are the object already.
  const bool listed = !parts.empty() && std::ranges::none_of(parts, [](const auto& part) { return part.etag.empty(); });
  if (!listed) return find(upload.key).has_value();
  Call call;
  call.permission = "s3:PutObject";
  call.method = "POST";
  call.key = upload.key;
  call.query = {{"uploadId", upload.id}};
  call.expects = "CompleteMultipartUploadResult";
  call.patience = kStoreWorks;
  add_body(call, write_parts(parts));
  // Also where another call made it, or this one, whose answer was lost.
  if (!ask_to_complete(call, upload) && !find(upload.key)) return false;
  for (const auto& other : uploads_below(upload.key)) {
    if (other.key == upload.key) abort(other);
  }
  return true;
}

Task<bool> S3ObjectStore::complete_multipart(ports::Multipart upload, std::vector<ports::Part> parts) {
  co_return co_await transfers_.run([this, &upload, &parts] { return assemble(upload, parts); });
}

void S3ObjectStore::abort(const ports::Multipart& upload) {
  Call call;
  call.permission = "s3:AbortMultipartUpload";
  call.method = "DELETE";
  call.key = upload.key;
  call.query = {{"uploadId", upload.id}};
  const auto answer = client_.send(call);
  if (!answer.is_good() && !answer.is_missing()) client_.refuse(call, answer);
}

Task<void> S3ObjectStore::abort_multipart(ports::Multipart upload) {
  co_await requests_.run([this, &upload] { abort(upload); });
}

std::vector<ports::Multipart> S3ObjectStore::uploads_below(const std::string& prefix) {
  const auto& own = client_.location().prefix;
  std::vector<ports::Multipart> uploads;
  std::optional<std::pair<std::string, std::string>> marker;
  do {
    Call call;
    call.permission = "s3:ListBucketMultipartUploads";
    call.method = "GET";
    call.query = {{"uploads", ""}, {"prefix", own + prefix}};
    call.expects = "ListMultipartUploadsResult";
    if (marker) {
      call.query.emplace_back("key-marker", marker->first);
      call.query.emplace_back("upload-id-marker", marker->second);
    }
    const auto page = read_uploads(sent(call).http.body);
    if (!page || (page->next && page->next == marker)) cannot_be_read("list of uploads");
    for (const auto& upload : page->uploads) {
      if (upload.key.starts_with(own + prefix)) uploads.push_back({upload.key.substr(own.size()), upload.id});
    }
    marker = page->next;
  } while (marker);
  return uploads;
}

}  // namespace luot::s3
