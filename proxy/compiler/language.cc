#include "proxy/compiler/language.h"

#include "proxy/compiler/cpp/emit.h"
#include "proxy/compiler/js/emit.h"

namespace troop::proxy::compiler {

std::span<const Language> languages() {
  static constexpr Language all[] = {
      {"cpp", "X.troop.h and X.troop.cc: C++ proxies, targets and values", emitCpp},
      {"guest-cpp", "X.guest.h and X.guest.cc: the same for guests, on sandbox/sdk/cpp",
       emitGuestCpp},
      {"js", "X.troop.js and X.troop.d.ts: a JavaScript module for guests, and its types", emitJs},
  };
  return all;
}

}  // namespace troop::proxy::compiler
