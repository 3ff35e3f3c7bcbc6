#include "sandbox/js/bake/bake-engine.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "runtime/error.h"

namespace troop::sandbox::js {
namespace {

// Compiled once for all tests.
EngineBaker& baker() {
  static const std::string reactor = [] {
    std::ifstream file("sandbox/js/bake/reactor.wasm", std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }();
  static EngineBaker baker(std::as_bytes(std::span(reactor)));
  return baker;
}

std::string failure(const Prelude& prelude) {
  try {
    baker().bake(prelude);
  } catch (const Error& error) {
    return error.reason();
  }
  return "it was baked";
}

TEST(EngineBaker, makesTheSameBytesEachTime) {
  const Prelude prelude = {
      {"troop.js",
       "import { x } from './x.js'; export { x }; globalThis.t = [Math.random(), Date.now()];"},
      {"x.js", "export const x = new Map([[1, {}]]);"}};
  EXPECT_EQ(baker().bake(prelude), baker().bake(prelude));
}

TEST(EngineBaker, refusesAPreludeWithMistakes) {
  EXPECT_EQ(failure({{"troop.js", "\n  x = ;"}}),
            "troop:2:7: SyntaxError: unexpected token in expression: ';'");
  EXPECT_EQ(failure({{"troop.js", "null.x"}}), "TypeError: cannot read property 'x' of null");
  EXPECT_EQ(failure({{"troop.js", "await new Promise(() => {})"}}), "the prelude does not end");
  EXPECT_EQ(failure({{"troop.js", "Promise.reject(new Error('nobody'))"}}), "Error: nobody");
  constexpr const char* reason = "a guest has the modules that its image was made with";
  EXPECT_EQ(failure({{"troop.js", "import './absent.js'"}}),
            std::string("troop: ReferenceError: cannot import \"./absent.js\": ") + reason);
  EXPECT_EQ(failure({}), std::string("ReferenceError: cannot import \"troop\": ") + reason);
}

TEST(EngineBaker, refusesAModuleThatIsNoReactor) {
  EXPECT_THROW(EngineBaker(std::as_bytes(std::span("no module"))), Error);
}

}  // namespace
}  // namespace troop::sandbox::js
