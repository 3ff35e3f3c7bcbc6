#include "tools/troop/streams.h"

#include <cstdio>

#include "runtime/error.h"

namespace troop::command {

void printResult(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) != 0 || !written) {
    throw Error(ErrorKind::failed, "standard output cannot be written");
  }
}

void printError(std::string_view text) noexcept {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace troop::command
