#include "adapters/localdir/incoming_slots.hpp"

#include "base/result.hpp"

namespace luot::localdir {
namespace {

constexpr int kMost = 256;  // each has a file and a buffer
constexpr int kMostOfAnUpload = 16;
constexpr int kMostToAUrl = 2;  // the second takes over where the first has lost its client and does not know yet

std::string url_of(const UploadGrant& grant) {
  return grant.part ? grant.key + "/" + grant.part->upload_id + "/" + std::to_string(grant.part->number) : grant.key;
}

int taken(const std::map<std::string, int>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

void give_back(std::map<std::string, int>& counts, const std::string& name) {
  const auto found = counts.find(name);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

IncomingSlots::Slot::Slot(IncomingSlots& slots, const UploadGrant& grant)
    : slots_(slots), upload_(grant.key), url_(url_of(grant)) {
  const std::lock_guard lock(slots_.mutex_);
  if (taken(slots_.of_urls_, url_) >= kMostToAUrl || taken(slots_.of_uploads_, upload_) >= kMostOfAnUpload) {
    throw base::Unavailable("overloaded", "This upload is on its way already; try again when less of it is.",
                            std::chrono::seconds(5));
  }
  if (slots_.all_ >= kMost) throw base::Unavailable("overloaded", "Too many uploads at once; try again shortly.");
  ++slots_.all_;
  ++slots_.of_uploads_[upload_];
  ++slots_.of_urls_[url_];
}

IncomingSlots::Slot::~Slot() {
  const std::lock_guard lock(slots_.mutex_);
  --slots_.all_;
  give_back(slots_.of_uploads_, upload_);
  give_back(slots_.of_urls_, url_);
}

}  // namespace luot::localdir
