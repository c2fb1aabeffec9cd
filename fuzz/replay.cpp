// Runs a target once on each of its seeds: what `make test` does without Clang.
#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/file.hpp"
#include "fuzz/property.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER_OR_FILE\n", arguments[0]);
    return 2;
  }
  const std::filesystem::path given(arguments[1]);
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(given)) {
    for (const auto& entry : std::filesystem::directory_iterator(given))
      files.push_back(entry.path());
  } else {
    files.push_back(given);
  }
  std::ranges::sort(files);
  if (files.empty()) {
    std::fprintf(stderr, "%s has no seeds\n", arguments[1]);
    return 1;
  }
  for (const auto& file : files) {
    // Told before it runs: the last one named is the one that fails.
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    luot::fuzz::check(luot::base::read_file(file));
  }
  return 0;
}
