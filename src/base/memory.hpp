// What the allocator keeps for later.
#pragma once

namespace luot::base {

// Of what the calling thread has freed; some milliseconds where there is much. Does nothing where the program is not
// linked with mimalloc (docs/decisions/0021), as under sanitizers.
void give_memory_back();

}  // namespace luot::base
