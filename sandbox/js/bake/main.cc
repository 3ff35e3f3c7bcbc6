// bake REACTOR OUTPUT PRELUDE...: bakes the prelude's files into the JavaScript engine. See
// bake-engine.h.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "sandbox/js/bake/bake-engine.h"

namespace {

std::string contentOf(const char* path) {
  std::ifstream file(path, std::ios::binary);
  file.exceptions(std::ios::badbit | std::ios::failbit);
  return {std::istreambuf_iterator<char>(file), {}};
}

void bake(const char* reactorPath, const char* outputPath, std::span<char*> preludePaths) {
  troop::sandbox::js::Prelude prelude;
  for (const char* path : preludePaths) {
    prelude[std::filesystem::path(path).filename().string()] = contentOf(path);
  }
  const std::string reactor = contentOf(reactorPath);
  const auto baked =
      troop::sandbox::js::EngineBaker(std::as_bytes(std::span(reactor))).bake(prelude);
  std::ofstream output(outputPath, std::ios::binary);
  output.exceptions(std::ios::badbit | std::ios::failbit);
  output.write(reinterpret_cast<const char*>(baked.data()),
               static_cast<std::streamsize>(baked.size()));
  output.close();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    std::fputs("usage: bake REACTOR OUTPUT PRELUDE...\n", stderr);
    return 2;
  }
  try {
    bake(arguments[1], arguments[2], std::span(arguments, count).subspan(3));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bake: %s\n", error.what());
    return 1;
  }
}
