#include "runtime/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace troop {

void checkFailed(const char* sentence, const std::source_location& where) noexcept {
  std::fprintf(stderr, "%s:%u: does not hold: %s\n", where.file_name(), where.line(), sentence);
  std::abort();
}

}  // namespace troop
