// Any text as the schema file that a manifest names: it is read, or what is told is the mistake.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/error.h"
#include "tools/troop/schema/schema-folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("schema-fuzz-" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  // As a worker does it, here.
  try {
    troop::schema::SchemaFolder folder(file);
    const capnp::SchemaParser parser;
    const capnp::ParsedSchema parsed = folder.parse(parser, folder.schema());
    if (parsed.getProto().getId() == 0) std::abort();
  } catch (const troop::Error& error) {
    if (error.reason().empty()) std::abort();
  }
  std::filesystem::remove(file);
  return 0;
}
