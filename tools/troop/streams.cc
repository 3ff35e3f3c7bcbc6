#include "tools/troop/streams.h"

#include <cstdio>
#include <string>

#include "runtime/error.h"
#include "sandbox/printable.h"

namespace troop::command {

void printResult(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) != 0 || !written) {
    throw Error(ErrorKind::failed, "standard output cannot be written");
  }
}

void printError(std::string_view text) noexcept {
  const std::string lines = sandbox::printableLines(text);
  (void)std::fwrite(lines.data(), 1, lines.size(), stderr);
}

}  // namespace troop::command
