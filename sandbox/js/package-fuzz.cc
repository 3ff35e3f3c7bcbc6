// Any text as a package.json, and as a module's source: a first line that is looked for, and what
// it is looked for in. Whatever is found leads nowhere outside.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/js/modules.h"
#include "sandbox/js/packages.h"

namespace troop::sandbox::js {
namespace {

constexpr std::size_t pathBytesMax = 4096;

void judge(const std::optional<std::string>& path) {
  if (!path) return;
  if (path->size() > pathBytesMax) std::abort();
  for (const std::filesystem::path& segment : std::filesystem::path(*path)) {
    if (segment == ".." || segment == "node_modules") std::abort();
  }
}

void asPackage(std::string_view wanted, std::string_view text) {
  try {
    const Package package(text, "package.json");
    if (package.hasExports()) judge(package.exported(wanted));
    judge(package.imported(wanted));
    if (package.mainFiles().empty()) std::abort();
    (void)package.name();
  } catch (const Error& error) {
    if (error.reason() != "package.json: is not a JSON object") std::abort();
  }
}

void asSource(std::string_view wanted, std::string_view text) {
  const std::optional<Position> position = positionOfImport(text, wanted);
  if (!position) return;
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  if (position->line == 0 || position->line > lines || position->column == 0) std::abort();
}

}  // namespace
}  // namespace troop::sandbox::js

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), count);
  const std::size_t lineEnd = std::min(input.find('\n'), input.size());
  const std::string_view wanted = input.substr(0, lineEnd);
  const std::string_view text = input.substr(std::min(lineEnd + 1, input.size()));
  troop::sandbox::js::asPackage(wanted, text);
  troop::sandbox::js::asSource(wanted, text);
  return 0;
}
