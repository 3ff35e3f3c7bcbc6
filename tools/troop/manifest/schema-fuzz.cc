// Any text as the schema file that a manifest names: it is read, or what is told is the mistake.
#include <pthread.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/error.h"
#include "tools/troop/schema/schema-folder.h"

namespace {

// The parser recurses as deep as its text is nested; a worker has a limit for that and dies of it
// alone. Here it goes on, with room for the largest inputs that fuzzers make.
constexpr std::size_t stackBytes = std::size_t{4} << 30;

void* parse(void* file) {
  try {
    troop::schema::SchemaFolder folder(*static_cast<const std::filesystem::path*>(file));
    const capnp::SchemaParser parser;
    const capnp::ParsedSchema parsed = folder.parse(parser, folder.schema());
    if (parsed.getProto().getId() == 0) std::abort();
  } catch (const troop::Error& error) {
    if (error.reason().empty()) std::abort();
  }
  return nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("schema-fuzz-" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stackBytes);
  pthread_t thread{};
  if (pthread_create(&thread, &attributes, parse, &file) != 0) std::abort();
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  std::filesystem::remove(file);
  return 0;
}
