#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class Memory : public JavaScriptTest {};

// What takes memory without end, in different parts of the engine.
constexpr std::string_view bombs[] = {
    "let a = []; for (;;) a.push(new Uint8Array(65536))",
    "let a = null; for (;;) a = { next: a }",
    "let a = []; for (;;) a.push('x'.repeat(1e6))",
    "let a = [1]; for (;;) a = a.concat(a)",
    "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })",
    "for (;;) Promise.resolve().then(() => {})",
    "for (;;) Promise.reject(1)",
    "/(a*)*b/.test('a'.repeat(1e7))",
    "JSON.stringify(Array.from({ length: 1e5 }, () => 'x'.repeat(1000)))",
    "const a = []; a.length = 2 ** 32 - 1; a.fill(1)",
    "let f = () => 1; for (;;) f = f.bind(null, f)",
    "const o = {}; for (let i = 0; ; i++) o['key' + i] = i",
    "let s = Symbol(); const all = []; for (;;) all.push(Symbol(), new Error('x'))",
    "(0, eval)('1' + '+1'.repeat(5e6))",
    "(async () => { const all = []; for (;;) all.push(new Promise(() => {})) })()",
};

TEST_F(Memory, thatRunsOutEndsTheGuestWhenNobodyCatchesIt) {
  for (std::string_view bomb : bombs) {
    auto guest = run(bomb, {.memoryKiB = 8 << 10});
    EXPECT_EQ(guest->aborted(), troop_abort_memory) << bomb << "\n" << guest->fate();
    EXPECT_LE(guest->memoryBytes(), std::size_t{8} << 20);
  }
}

TEST_F(Memory, thatRunsOutIsAnExceptionThatCanBeCaught) {
  for (std::string_view bomb : bombs) {
    if (bomb.find("async") != std::string_view::npos ||
        bomb.find("Promise.re") != std::string_view::npos)
      continue;
    auto guest = run(
        "let caught; try { (() => {" + std::string(bomb) +
            "})() } catch (error) { caught = error } console.log(caught === null || "
            "String(caught).startsWith('InternalError: out of memory'), [1, 2].map((x) => x * 2))",
        {.memoryKiB = 8 << 10});
    EXPECT_EQ(guest->fate(), "alive") << bomb;
    EXPECT_EQ(guest->takeEvents(), Events{"log 1: true [2, 4]"}) << bomb;
  }
}

TEST_F(Memory, thatRunsOutInACallEndsTheGuest) {
  constexpr std::string_view plugin = R"(
    import { Text } from "./text.js";
    export default class extends Text.Target {
      say({ text }) {
        const all = [];
        const fill = () => { for (;;) all.push(new Uint8Array(65536)) };
        if (text === "sync") fill();
        if (text === "async") return Promise.resolve().then(fill);
        try { fill() } catch { all.length = 0 }
        return { text: "survived" };
      }
    })";
  for (const char* way : {"sync", "async"}) {
    auto guest = run(plugin);
    guest->call(1, way);
    EXPECT_EQ(guest->aborted(), troop_abort_memory) << way;
  }
  auto guest = run(plugin);
  guest->call(1, "caught");
  EXPECT_EQ(guest->takeEvents(), Events{"answer 1: survived"});
  guest->call(2, "caught");
  EXPECT_EQ(guest->takeEvents(), Events{"answer 2: survived"});
}

TEST_F(Memory, doesNotRunOutWhileItIsGarbage) {
  auto guest = run(R"(
    let rounds = 0;
    for (let i = 0; i < 500; i++) {
      const ring = [new Uint8Array(500_000)];
      ring.push(ring);
      rounds++;
    }
    for (let i = 0; i < 200_000; i++) { const ring = { i }; ring.ring = ring; rounds++ }
    console.log(rounds))",
                   {.memoryKiB = 4 << 10});
  EXPECT_EQ(guest->fate(), "alive");
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: 200500"});
}

TEST_F(Memory, isLimitedFromTheFirstLineOn) {
  auto guest = run("globalThis.a = new Uint8Array(6 << 20)", {.memoryKiB = 4 << 10});
  EXPECT_EQ(guest->aborted(), troop_abort_memory);
  EXPECT_EQ(guest->fate(), "InternalError: out of memory (plugin.js:1:35)");
}

TEST_F(Memory, ofOneMebibyteIsEnoughForASmallGuest) {
  EXPECT_EQ(run("console.log('small')", {.memoryKiB = 1 << 10})->takeEvents(),
            Events{"log 1: small"});
}

TEST_F(Memory, thatIsLessThanItAlreadyHasEndsTheGuest) {
  // More than stands ready in the blocks that the engine has taken already.
  auto guest = make(image("new Uint8Array(10_000)"), {.limitKiB = 100});
  guest->start();
  EXPECT_EQ(guest->aborted(), troop_abort_memory);
}

TEST_F(Memory, forMessagesIsWithinTheLimit) {
  auto guest = run(R"(
    import { Text } from "./text.js";
    const kept = [];
    export default class extends Text.Target {
      say({ text }) { kept.push(text); return { text: "kept" } }
    })",
                   {.memoryKiB = 8 << 10});
  const std::string large(500'000, 'x');
  std::uint32_t id = 0;
  while (guest->fate() == "alive" && ++id < 100) guest->call(id, large);
  EXPECT_LT(id, 20u);
  EXPECT_LE(guest->memoryBytes(), std::size_t{8} << 20);
}

class Stack : public JavaScriptTest {};

// What nests or recurses without end, in different parts of the engine. All of it is survived.
constexpr std::string_view recursions[] = {
    "(function f() { return f() + 1 })()",
    "const a = { toString() { return b + '' } }, b = { toString() { return a + '' } }; a + ''",
    "JSON.parse('['.repeat(1e6))",
    "JSON.parse('{\"a\":'.repeat(1e5))",
    "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)",
    "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x",
    "const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x",
    "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)",
    "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)",
    "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; structuredClone(a)",
    "(0, eval)('('.repeat(1e5))",
    "(0, eval)('['.repeat(1e5))",
    "(0, eval)('!'.repeat(1e6) + '1')",
    "(0, eval)('1?'.repeat(1e5) + '1')",
    "(0, eval)('{'.repeat(1e5))",
    "(0, eval)('1' + '**1'.repeat(1e5))",
    "(0, eval)('`${'.repeat(1e5))",
    "(0, eval)('x => '.repeat(1e5) + '1')",
    "(0, eval)('if (1) '.repeat(1e5) + '1')",
    "(0, eval)('class A { static {'.repeat(1e4))",
    "(function f() { [1, 2].sort(f) })()",
    "(function f() { 'a'.replace(/a/, f) })()",
    "const o = { get x() { return this.x } }; o.x",
    "(function* g() { yield* g() })().next()",
    "class A { constructor() { new A() } } new A()",
    "const o = { [Symbol.hasInstance]: (x) => x instanceof o }; 1 instanceof o",
    "let f = () => 1; for (let i = 0; i < 2000; i++) f = f.bind(null, i); f()",
    "(function () { return arguments.length }).bind(null, ...new Array(60000))()",
    "new Function('var a0=0' + Array.from({ length: 6e4 }, (_, i) => `,a${i}=0`).join(''))()",
    "Array.from({ length: 1e5 }).reduce((f) => () => f(), () => 1)()",
    "const o = {}; o.valueOf = () => +o; +o",
    "Reflect.construct(function f() { Reflect.construct(f, []) }, [])",
};

TEST_F(Stack, thatOverflowsIsAnExceptionThatCanBeCaught) {
  for (std::string_view recursion : recursions) {
    auto guest = run("let caught; try { (() => {" + std::string(recursion) +
                     "})() } catch (error) { caught = String(error) } console.log(caught)");
    EXPECT_EQ(guest->fate(), "alive") << recursion;
    EXPECT_EQ(guest->takeEvents(), Events{"log 1: RangeError: Maximum call stack size exceeded"})
        << recursion;
  }
}

TEST_F(Stack, thatOverflowsEndsTheGuestWhenNobodyCatchesIt) {
  auto guest = run("function f() {\n  return f() + 1;\n}\nf();");
  EXPECT_EQ(guest->aborted(), troop_abort_stack);
  EXPECT_EQ(guest->fate(), "RangeError: Maximum call stack size exceeded (plugin.js:2:10)");
}

TEST_F(Stack, thatOverflowsInACallEndsTheGuest) {
  auto guest = run(R"(
    import { Text } from "./text.js";
    export default class extends Text.Target {
      async say(params) { return { text: (await this.say(params)).text } }
    })");
  guest->call(1, "x");
  EXPECT_EQ(guest->aborted(), troop_abort_stack);
}

TEST_F(Stack, isAsDeepAsTheHostSays) {
  constexpr std::string_view depth =
      "function f(n) { try { return f(n + 1) } catch { return n } } console.log(f(0))";
  const auto depthWith = [&](std::uint32_t stackKiB) {
    auto guest = run(depth, {.stackKiB = stackKiB});
    return std::stoi(guest->takeEvents().at(0).substr(std::string_view("log 1: ").size()));
  };
  EXPECT_GT(depthWith(192), 400);
  EXPECT_GT(depthWith(192), 2 * depthWith(64));
  EXPECT_EQ(depthWith(1024), depthWith(100'000)) << "more than the module has";
}

TEST_F(Stack, isNotTakenByDeepDataThatIsDropped) {
  auto guest = run(R"(
    let list = null;
    for (let i = 0; i < 2e5; i++) list = { list };
    list = null;
    let text = "";
    for (let i = 0; i < 2e5; i++) text += "x";
    console.log(text.length))");
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: 200000"});
}

class Time : public JavaScriptTest {};

TEST_F(Time, ofEndlessJobsIsTheHostsToLimit) {
  for (const char* loop :
       {"for (;;);", "(async () => { for (;;) await null })()",
        "const t = { then(r) { r(t) } }; Promise.resolve(t)",
        "(function f() { queueMicrotask(f) })()", "/(x+x+)+y/.test('x'.repeat(100))"}) {
    auto guest = run(loop, {.timeMax = 100ms});
    EXPECT_EQ(guest->fate(), "took longer than it may") << loop;
  }
}

}  // namespace
}  // namespace troop::sandbox::js::testing
