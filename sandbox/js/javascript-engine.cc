#include "sandbox/js/javascript-engine.h"

// Where embed-engine put the module; see BUILD.bazel.
extern "C" const std::byte troopJavaScriptEngineBegin[];
extern "C" const std::byte troopJavaScriptEngineEnd[];

namespace troop::sandbox::js {

std::span<const std::byte> javascriptEngine() noexcept {
  return {troopJavaScriptEngineBegin, troopJavaScriptEngineEnd};
}

}  // namespace troop::sandbox::js
