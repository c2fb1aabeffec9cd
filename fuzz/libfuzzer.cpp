// libFuzzer's way into a target.
#include "fuzz/property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  luot::fuzz::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
