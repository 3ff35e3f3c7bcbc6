#include <gtest/gtest.h>

#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class Compiling : public JavaScriptTest {};

TEST_F(Compiling, saysWhereTheSyntaxIsWrong) {
  EXPECT_EQ(compileError("const a = 1;\nconst b = ;\n"),
            "plugin.js:2:11: SyntaxError: unexpected token in expression: ';'");
  EXPECT_EQ(compileError("let a; let a;"),
            "plugin.js:1:13: SyntaxError: invalid redefinition of global identifier");
  EXPECT_EQ(compileError("console.log('\xff')"),
            "plugin.js:1:13: SyntaxError: invalid UTF-8 sequence");
  EXPECT_EQ(compileError(std::string(100'000, '(')),
            "plugin.js: RangeError: Maximum call stack size exceeded");
}

TEST_F(Compiling, saysWhichModuleIsWrong) {
  folder.write("lib/bad.js", "export const y = 1;\n\n  foo bar\n");
  EXPECT_EQ(compileError("import './lib/bad.js'"), "lib/bad.js:3:7: SyntaxError: expecting ';'");
  folder.write("lib/deep.js", std::string(100'000, '['));
  EXPECT_EQ(compileError("import './lib/deep.js'"),
            "lib/deep.js: RangeError: Maximum call stack size exceeded");
  EXPECT_EQ(compileError("import './lib/absent.js'"),
            "plugin.js:1:1: cannot find module \"./lib/absent.js\"");
  folder.write("lib/importer.js", "\nimport './absent.js'");
  EXPECT_EQ(compileError("import './lib/importer.js'"),
            "lib/importer.js:2:1: cannot find module \"./absent.js\"");
}

TEST_F(Compiling, findsExportsThatAreMissing) {
  folder.write("lib/a.js", "export const x = 1; export { z } from './b.js'");
  folder.write("lib/b.js", "export const y = 1; export default 2");
  EXPECT_EQ(compileError("import { q } from 'troop'"),
            "plugin.js: SyntaxError: \"troop\" has no export \"q\"");
  EXPECT_EQ(compileError("import './lib/a.js'"),
            "lib/a.js: SyntaxError: \"./b.js\" has no export \"z\"");
  EXPECT_EQ(compileError("import { y } from './lib/b.js'; import d from './lib/b.js'; import * as "
                         "b from './lib/b.js'"),
            "it compiled");
  EXPECT_EQ(compileError("export * from './lib/b.js'; export * as c from './lib/b.js'"),
            "it compiled");
}

TEST_F(Compiling, evaluatesNothing) {
  auto guest = make(image("console.log('evaluated'); for (;;);"), {.timeMax = 50ms});
  EXPECT_EQ(guest->takeEvents(), Events{});
}

TEST_F(Compiling, isBoundedInMemory) {
  std::string large = "export default [";
  for (int i = 0; i < 400'000; ++i) large += "'element " + std::to_string(i) + "',";
  EXPECT_EQ(compileError(large + "]", {.memoryBytesMax = std::size_t{16} << 20}),
            "compiling needs more than 16 MiB of memory");
}

TEST_F(Compiling, isBoundedInTime) {
  EXPECT_EQ(compileError("x = [" + std::string(4'000'000, '1') + "]", {.timeMax = 0s}),
            (folder.path() / "plugin.js").string() + ": compiling takes more than 0 ns");
}

TEST_F(Compiling, takesCyclesAndManyModules) {
  folder.write("a.js", "import { b } from './b.js'; export const a = () => b() + 1;");
  folder.write(
      "b.js",
      "import { a } from './a.js'; export const b = () => typeof a === 'function' ? 1 : 0;");
  std::string source = "import { a } from './a.js';\n";
  for (int i = 0; i < 300; ++i) {
    const std::string name = "m" + std::to_string(i);
    folder.write(name + ".js", "export const " + name + " = " + std::to_string(i));
    source.append("import { ").append(name).append(" } from './").append(name).append(".js';\n");
  }
  EXPECT_EQ(run(source + "console.log(a(), m0 + m299)")->takeEvents(), Events{"log 1: 2 299"});
}

TEST_F(Compiling, importsDataToo) {
  folder.write("data.json", R"({"a": [1, {"b": null}], "__proto__": 3})");
  auto guest = run(R"(
    import data from "./data.json" with { type: "json" };
    import text from "./data.json" with { type: "text" };
    console.log(data.a, Object.keys(data).length, text.length))");
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: [1, { b: null }] 2 39"});
  EXPECT_EQ(compileError("import data from './data.json' with { type: 'css' }"),
            "plugin.js: TypeError: \"data.json\": a module is imported as \"json\", as \"text\", "
            "or without a type");
  folder.write("bad.json", "{\n  \"a\": }");
  EXPECT_EQ(compileError("import data from './bad.json' with { type: 'json' }"),
            "bad.json:2:8: SyntaxError: unexpected token: '}'");
}

class Importing : public JavaScriptTest {};

TEST_F(Importing, inALivingGuestFindsOnlyTheEnginesModule) {
  folder.write("a.js", "export const x = 1");
  auto guest = run(R"(
    import "./a.js";
    import("./a.js").catch((error) => console.log(String(error)));
    import("troop:host").catch((error) => console.log(error.name));
    import("troop:errors.js").catch((error) => console.log(error.name));
    import("./plugin.js").catch((error) => console.log(error.name));
    import("troop").then((module) => console.log(Object.keys(module).join()));)");
  const std::string refused =
      "log 1: ReferenceError: cannot import \"./a.js\": "
      "a guest has the modules that its image was made with";
  EXPECT_EQ(
      guest->takeEvents(),
      (Events{refused, "log 1: ReferenceError", "log 1: ReferenceError", "log 1: ReferenceError",
              "log 1: AnyPointer,Capability,Target,TroopError,env,pipelined"}));
}

TEST_F(Importing, ofTheHostModuleIsThePreludesAlone) {
  EXPECT_EQ(compileError("import * as host from 'troop:host'"),
            "plugin.js:1:1: cannot import \"troop:host\": a plugin has its own files, packages, "
            "and the module \"troop\"");
  EXPECT_EQ(compileError("import { env } from 'troop:guest.js'"),
            "plugin.js:1:1: cannot import \"troop:guest.js\": a plugin has its own files, "
            "packages, and the module "
            "\"troop\"");
}

TEST_F(Importing, waitsForModulesThatAwait) {
  folder.write("slow.js", "export let x = 0; await null; await null; x = 7;");
  EXPECT_EQ(run("import { x } from './slow.js'; console.log(x)")->takeEvents(), Events{"log 1: 7"});
}

}  // namespace
}  // namespace troop::sandbox::js::testing
