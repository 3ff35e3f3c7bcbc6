#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class Console : public JavaScriptTest {
 protected:
  std::string shown(const std::string& arguments) {
    const Events events = run("console.log(" + arguments + ")")->takeEvents();
    return events.size() == 1 ? events[0].substr(std::string_view("log 1: ").size())
                              : "not one event";
  }
};

TEST_F(Console, hasLevels) {
  auto guest = run(R"(
    console.debug("d"); console.log("l"); console.info("i"); console.warn("w"); console.error("e");
    console.assert(true, "no"); console.assert(false, "yes", 1);
    console.dir({ a: 1 }); console.log();)");
  EXPECT_EQ(guest->takeEvents(),
            (Events{"log 0: d", "log 1: l", "log 1: i", "log 2: w", "log 3: e",
                    "log 3: assertion failed yes 1", "log 1: { a: 1 }", "log 1: "}));
}

TEST_F(Console, showsWhereItWasCalled) {
  const Events events = run("function f() { console.trace('here') }\nf();")->takeEvents();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].substr(0, 19), "log 0: Trace: here\n");
  EXPECT_NE(events[0].find("at f (plugin.js:1:"), std::string::npos) << events[0];
}

TEST_F(Console, showsValues) {
  EXPECT_EQ(shown("1, -0, 1n, true, null, undefined, 'text', Symbol('s')"),
            "1 -0 1n true null undefined text Symbol(s)");
  EXPECT_EQ(shown("[1, 'two', [3, [4, [5]]]], []"), "[1, \"two\", [3, [4, [...]]]] []");
  EXPECT_EQ(shown("{ a: 1, 'b c': { d: { e: { f: 1 } } }, [Symbol('s')]: 2 }"),
            "{ a: 1, \"b c\": { d: { e: {...} } }, [Symbol(s)]: 2 }");
  EXPECT_EQ(shown("new Map([[1, { a: 2 }]]), new Set([1, 'x'])"),
            "Map(1) {1 => { a: 2 }} Set(2) {1, \"x\"}");
  EXPECT_EQ(
      shown("new Uint8Array([1, 2]), /x/g, new Date(0), () => 1, class A {}, Promise.resolve()"),
      "Uint8Array(2) [1, 2] /x/g " + shown("String(new Date(0))") +
          " [function (anonymous)] [class A] Promise");
  EXPECT_EQ(shown("new (class Point { x = 1; #y = 2 })(), Object.create(null)"),
            "Point { x: 1 } {}");
}

TEST_F(Console, showsErrorsWithTheirStack) {
  EXPECT_EQ(shown("new TypeError('bad', { cause: new Error('why') })"),
            "TypeError: bad\n    at <anonymous> (plugin.js:1:47)\n  caused by: Error: why\n    at "
            "<anonymous> "
            "(plugin.js:1:47)");
}

TEST_F(Console, fillsInValues) {
  EXPECT_EQ(
      shown("'%s is %d, %i, %f, %o, %j, %%, %q', 'x', '4.5', 4.5, '1e3', { a: 1 }, [1], 'rest', 2"),
      "x is 4.5, 4, 1000, { a: 1 }, [1], %, %q rest 2");
  EXPECT_EQ(shown("'%s %s', 1"), "1 %s");
  EXPECT_EQ(shown("'100%'"), "100%");
}

TEST_F(Console, survivesWhatCannotBeShown) {
  EXPECT_EQ(shown("(() => { const o = { a: {} }; o.a.o = o; return o })()"),
            "{ a: { o: [circular] } }");
  EXPECT_EQ(shown("{ get x() { throw 1 } }, new Proxy({}, { ownKeys() { throw 1 } })"),
            "[cannot be shown] [cannot be shown]");
  EXPECT_EQ(shown("(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a })()"),
            "[[[[...]]]]");
  EXPECT_EQ(shown("(() => { let e = new Error('x'); for (let i = 0; i < 1e4; i++) e = new "
                  "Error('x', { cause: e }); "
                  "return e })()")
                .substr(0, 8),
            "Error: x");
  const std::string many = shown("Array.from({ length: 1000 }, (_, i) => i)");
  EXPECT_TRUE(many.ends_with("98, 99, ... 900 more]")) << many;
  EXPECT_LT(shown("['x'.repeat(1e6)]").size(), 11'000u);
}

class Globals : public JavaScriptTest {};

TEST_F(Globals, haveNoAuthority) {
  auto guest = run(R"(
    const absent = ["SharedArrayBuffer", "Atomics", "WebAssembly", "process", "require", "fetch",
                    "setTimeout", "print", "scriptArgs", "std", "os", "__troop", "navigator"];
    console.log(absent.filter((name) => name in globalThis));)");
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: []"});
}

TEST_F(Globals, areThoseThatTheirTypesDeclare) {
  std::ifstream file("sandbox/sdk/js/testdata/globals.txt");
  const std::string declared(std::istreambuf_iterator<char>(file), {});
  auto guest = run("console.log(Object.getOwnPropertyNames(globalThis).sort().join('\\n'))");
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: " + declared.substr(0, declared.size() - 1)});
}

TEST_F(Globals, copyStructures) {
  auto guest = run(R"(
    const shared = { n: 1 };
    const bytes = new Uint8Array([1, 2, 3]);
    const value = {
      list: [1, "x", 2n, null, undefined, new Date(5), /r/g, , 9],
      map: new Map([[shared, 1]]), set: new Set([shared]), shared,
      bytes, half: bytes.subarray(1), view: new DataView(bytes.buffer, 1, 2),
      error: new RangeError("bad"), ["__proto__"]: 7, boxed: Object("text"),
      instance: new (class Point { x = 1 })(),
    };
    value.self = value;
    const copy = structuredClone(value);
    console.log(copy !== value, copy.self === copy, [...copy.map.keys()][0] === copy.shared,
                copy.set.has(copy.shared));
    console.log(copy.list[5].getTime(), copy.list[6].flags, 7 in copy.list, copy.list.length,
                Object.keys(copy).length);
    copy.bytes[1] = 77;
    console.log(copy.half[0], copy.view.getUint8(0), bytes[1], copy.error instanceof RangeError,
                copy.error.message);
    console.log(Object.getOwnPropertyDescriptor(copy, "__proto__").value, `${copy.boxed}`,
                copy.instance.constructor === Object);
    const odd = [() => 1, Symbol("s"), new WeakMap(), Promise.resolve(), { inner: () => 1 }];
    for (const value of odd) {
      try {
        structuredClone(value);
        console.log("copied");
      } catch (error) {
        console.log(error.message);
      }
    })");
  EXPECT_EQ(guest->takeEvents(), (Events{"log 1: true true true true", "log 1: 5 g false 9 12",
                                         "log 1: 77 77 2 true bad", "log 1: 7 text true",
                                         "log 1: structuredClone: a function cannot be copied",
                                         "log 1: structuredClone: a symbol cannot be copied",
                                         "log 1: structuredClone: a WeakMap cannot be copied",
                                         "log 1: structuredClone: a Promise cannot be copied",
                                         "log 1: structuredClone: a function cannot be copied"}));
}

TEST_F(Globals, runJobsInTheirOrder) {
  auto guest = run(R"(
    queueMicrotask(() => console.log("first job"));
    Promise.resolve().then(() => console.log("second job"));
    console.log("before");)");
  EXPECT_EQ(guest->takeEvents(),
            (Events{"log 1: before", "log 1: first job", "log 1: second job"}));
}

TEST_F(Globals, includeBase64) {
  EXPECT_EQ(run("console.log(btoa('hi'), atob('aGk='))")->takeEvents(), Events{"log 1: aGk= hi"});
}

TEST_F(Globals, tellWhenObjectsAreCollected) {
  auto guest = run(R"(
    const registry = new FinalizationRegistry((held) => console.log("collected", held));
    registry.register({}, 1);
    const weak = new WeakRef({});
    await null;
    console.log(weak.deref());)");
  EXPECT_EQ(guest->takeEvents(), (Events{"log 1: collected 1", "log 1: undefined"}));
}

}  // namespace
}  // namespace troop::sandbox::js::testing
