#include <gtest/gtest.h>

#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class UncaughtError : public JavaScriptTest {
 protected:
  std::string fateOf(std::string_view source) {
    auto guest = run(source);
    EXPECT_EQ(guest->aborted(), troop_abort_error) << source;
    return guest->fate();
  }
};

TEST_F(UncaughtError, endsTheGuestAtItsStartAndSaysWhere) {
  EXPECT_EQ(fateOf("const x = {};\n  x.foo();"), "TypeError: not a function (plugin.js:2:5)");
  EXPECT_EQ(fateOf("\nfoo();"), "ReferenceError: foo is not defined (plugin.js:2:1)");
  EXPECT_EQ(fateOf("class Mine extends Error { name = 'Mine' }\nthrow new Mine('is mine');"),
            "Mine: is mine (plugin.js:1:1)");
  EXPECT_EQ(fateOf("await Promise.reject(new Error('later'))"), "Error: later (plugin.js:1:26)");
}

TEST_F(UncaughtError, saysWhereAlsoInOtherModules) {
  folder.write("lib/thrower.js", "export function f() {\n  throw new RangeError('in lib');\n}");
  EXPECT_EQ(fateOf("import { f } from './lib/thrower.js';\nf();"),
            "RangeError: in lib (lib/thrower.js:2:13)");
}

TEST_F(UncaughtError, ofThePreludeIsPlacedWhereItWasCalled) {
  EXPECT_EQ(fateOf("import { Capability } from 'troop';\n\nnew Capability(3);"),
            "TypeError: expected a Capability, got number (plugin.js:3:5)");
}

TEST_F(UncaughtError, ofGeneratedBindingsIsPlacedWhereTheyWereCalled) {
  folder.write("p.troop.js", "import { Capability } from 'troop';\nnull.x;\n");
  EXPECT_EQ(fateOf("import './p.troop.js';"),
            "TypeError: cannot read property 'x' of null (p.troop.js:2:1)");
  folder.write("q.troop.js",
               "import { Capability } from 'troop';\nexport class Q extends Capability {}\n");
  EXPECT_EQ(fateOf("import { Q } from './q.troop.js';\n\nnew Q({});"),
            "TypeError: expected a Capability, got object (plugin.js:3:5)");
}

TEST_F(UncaughtError, canBeAnyValue) {
  EXPECT_EQ(fateOf("throw 'boom'"), "boom");
  EXPECT_EQ(fateOf("throw undefined"), "undefined");
  EXPECT_EQ(fateOf("throw null"), "null");
  EXPECT_EQ(fateOf("throw Symbol('s')"), "an error that cannot be shown");
  EXPECT_EQ(fateOf("throw { toString() { throw 1 } }"), "an error that cannot be shown");
  EXPECT_EQ(fateOf("throw new Proxy({}, { get() { throw 1 } })"), "an error that cannot be shown");
  EXPECT_EQ(fateOf("Error.prepareStackTrace = () => 42; null.x"),
            "TypeError: cannot read property 'x' of null");
  EXPECT_EQ(
      fateOf("const e = new Error('x'); e.stack = '    at \\n    at )\\nat x:1:1\\n'; throw e"),
      "Error: x");
}

TEST_F(UncaughtError, isCutBetweenCharacters) {
  const std::string text = fateOf("throw new Error('\xe2\x82\xac'.repeat(5000))");
  EXPECT_LT(text.size(), 2048u);
  EXPECT_GT(text.size(), 2000u);
  EXPECT_TRUE(text.ends_with("\xe2\x82\xac"));
}

TEST_F(UncaughtError, inAJobEndsTheGuestWhileItStarts) {
  EXPECT_EQ(fateOf("queueMicrotask(() => { throw new Error('job') })"),
            "Error: job (plugin.js:1:34)");
  EXPECT_EQ(fateOf("Promise.reject(new TypeError('nobody'))"),
            "TypeError: nobody (plugin.js:1:20)");
  EXPECT_EQ(fateOf("reportError(new Error('reported'))"), "Error: reported (plugin.js:1:17)");
}

TEST_F(UncaughtError, thatIsHandledInTimeIsNone) {
  auto guest = run(R"(
    const p = Promise.reject(1);
    queueMicrotask(() => p.catch(() => console.log("late")));
    const many = Array.from({ length: 100 }, (_, i) => Promise.reject(i));
    Promise.allSettled(many).then((all) => console.log(all.length));)");
  EXPECT_EQ(guest->fate(), "alive");
  EXPECT_EQ(guest->takeEvents(), (Events{"log 1: late", "log 1: 100"}));
}

class UnhandledRejection : public JavaScriptTest {};

TEST_F(UnhandledRejection, afterTheStartIsLogged) {
  auto guest = run(R"(
    import { Text } from "./text.js";
    export default class extends Text.Target {
      say({ text }) {
        if (text === "reject") Promise.reject(new TypeError("nobody"));
        if (text === "job") queueMicrotask(() => absent());
        if (text === "memory") Promise.resolve().then(fill);
        return { text: "fine" };
      }
    }
    function fill() { const a = []; for (;;) a.push(new Uint8Array(65536)) })");
  guest->call(1, "reject");
  EXPECT_EQ(
      guest->takeEvents(),
      (Events{"answer 1: fine", "log 3: unhandled rejection: TypeError: nobody (plugin.js:5:51)"}));
  guest->call(2, "job");
  EXPECT_EQ(
      guest->takeEvents(),
      (Events{
          "answer 2: fine",
          "log 3: unhandled rejection: ReferenceError: absent is not defined (plugin.js:6:50)"}));
  EXPECT_EQ(guest->fate(), "alive");
  guest->call(3, "memory");
  EXPECT_EQ(guest->aborted(), troop_abort_memory);
}

}  // namespace
}  // namespace troop::sandbox::js::testing
