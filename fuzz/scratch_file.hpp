// A file for the time of one input, for readers that want a path.
#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/ids.hpp"
#include "fuzz/property.hpp"

namespace luot::fuzz {

class ScratchFile {
 public:
  explicit ScratchFile(std::string_view bytes) {
    std::ofstream file(path_, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    require(file.good(), "there is room for a file");
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_ = std::filesystem::temp_directory_path() / ("luot-fuzz-" + base::random_name());
};

}  // namespace luot::fuzz
