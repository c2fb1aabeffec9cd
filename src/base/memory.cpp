#include "base/memory.hpp"

#include <mimalloc.h>

#pragma weak mi_collect  // only the program itself is linked with it

namespace luot::base {

void give_memory_back() {
  if (&mi_collect != nullptr) mi_collect(true);
}

}  // namespace luot::base
