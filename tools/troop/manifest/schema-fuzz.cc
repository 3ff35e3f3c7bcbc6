// Any text as the schema file that a manifest names: an interface is found in it, or what is told
// is the mistake.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tools/troop/manifest/schemas.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("schema-fuzz-" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  for (const char* name : {"A", "Box.Inside"}) {
    troop::manifest::Schemas schemas;
    const auto found = schemas.find(file, name);
    if (found.succeeded() ? found.value().ids.empty() : found.error().reason().empty())
      std::abort();
  }
  std::filesystem::remove(file);
  return 0;
}
