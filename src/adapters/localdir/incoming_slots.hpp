// How many PUTs may be on their way at once: in all, of one upload, and to one URL. Whoever holds few URLs holds few
// slots then, however slowly he sends.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "adapters/localdir/localdir_object_store.hpp"

namespace luot::localdir {

class IncomingSlots {
 public:
  class Slot {
   public:
    Slot(IncomingSlots& slots, const UploadGrant& grant);
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

   private:
    IncomingSlots& slots_;
    const std::string upload_;
    const std::string url_;
  };

  // Throws Unavailable("overloaded"). Must not outlive `this`.
  [[nodiscard]] Slot take(const UploadGrant& grant) { return {*this, grant}; }

 private:
  std::mutex mutex_;
  int all_ = 0;
  std::map<std::string, int> of_uploads_;
  std::map<std::string, int> of_urls_;
};

}  // namespace luot::localdir
