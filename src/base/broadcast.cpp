#include "base/broadcast.hpp"

#include <utility>

namespace luot::base {
namespace {

constexpr std::size_t kWorthAFile = 8 * 1024;  // below, a copy costs less than another system call

}  // namespace

Broadcast::Broadcast(std::string text) : text_(std::move(text)) {
  if (text_.size() >= kWorthAFile) file_ = File::in_memory(text_);
}

}  // namespace luot::base
