#include "sandbox/js/modules.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "sandbox/js/testing/plugin-folder.h"

namespace troop::sandbox::js {
namespace {

namespace fs = std::filesystem;
using testing::PluginFolder;

// What `specifier` in the plugin's main module leads to: the name of a module, or an error.
std::string found(Modules& modules, std::string_view specifier,
                  std::string_view referrer = "plugin.js") {
  modules.entry().value();
  const Expected<Modules::Source> source = modules.find(specifier, referrer);
  return source.succeeded() ? std::string(source.value().name) : source.error().reason();
}

std::string found(const PluginFolder& folder, std::string_view specifier) {
  Modules modules(folder.path() / "plugin.js", {});
  return found(modules, specifier);
}

std::string refusal(const fs::path& entry, const fs::path& root = {}) {
  try {
    Modules modules(entry, root);
    return modules.entry().succeeded() ? "it was found" : "it cannot be read";
  } catch (const Error& error) {
    return error.reason();
  }
}

TEST(Modules, haveTheTextOfTheirFiles) {
  const PluginFolder folder({{"plugin.js", "import \"./a.js\""}, {"a.js", "export {}"}});
  Modules modules(folder.path() / "plugin.js", {});
  EXPECT_EQ(modules.entry().value().text, "import \"./a.js\"");
  EXPECT_EQ(modules.entry().value().name, "plugin.js");
  EXPECT_EQ(modules.find("./a.js", "plugin.js").value().text, "export {}");
}

TEST(Modules, areLookedForByNamesUpToALength) {
  const PluginFolder folder({{"plugin.js", ""}});
  EXPECT_EQ(found(folder, "./" + std::string(5000, 'x')),
            "plugin.js: imports a module by a name of 5002 bytes; at most 4096 are looked for");
}

TEST(Modules, findFilesByRelativePaths) {
  const PluginFolder folder({{"plugin.js", ""},
                             {"a.js", ""},
                             {"b.mjs", ""},
                             {"lib/index.js", ""},
                             {"lib/c.js", ""},
                             {"data.json", ""},
                             {"both", ""},
                             {"both.js", ""}});
  EXPECT_EQ(found(folder, "./a.js"), "a.js");
  EXPECT_EQ(found(folder, "./a"), "a.js");
  EXPECT_EQ(found(folder, "./b"), "b.mjs");
  EXPECT_EQ(found(folder, "./lib"), "lib/index.js");
  EXPECT_EQ(found(folder, "./lib/"), "lib/index.js");
  EXPECT_EQ(found(folder, "./lib/../a.js"), "a.js");
  EXPECT_EQ(found(folder, "./data.json"), "data.json");
  EXPECT_EQ(found(folder, "./both"), "both");
  Modules modules(folder.path() / "plugin.js", {});
  EXPECT_EQ(found(modules, "./lib/c.js"), "lib/c.js");
  EXPECT_EQ(found(modules, "../a.js", "lib/c.js"), "a.js");
  EXPECT_EQ(found(modules, ".", "lib/c.js"), "lib/index.js");
}

TEST(Modules, giveOneModuleOneName) {
  const PluginFolder folder({{"plugin.js", ""}, {"a.js", ""}});
  fs::create_symlink("a.js", folder.path() / "alias.js");
  EXPECT_EQ(found(folder, "./alias.js"), "a.js");
  EXPECT_EQ(found(folder, "./x/../a"), "a.js");
}

TEST(Modules, findPackagesByNodesRules) {
  const PluginFolder folder(
      {{"plugin.js", ""},
       {"node_modules/main/package.json", R"({"main": "lib/m.js"})"},
       {"node_modules/main/lib/m.js", ""},
       {"node_modules/main/extra.js", ""},
       {"node_modules/both/package.json", R"({"main": "m.js", "module": "m.mjs"})"},
       {"node_modules/both/m.mjs", ""},
       {"node_modules/plain/index.js", ""},
       {"node_modules/@scope/s/package.json", R"({"exports": {"./x": "./y.js"}})"},
       {"node_modules/@scope/s/y.js", ""},
       {"node_modules/outer/package.json", R"({"exports": "./o.js"})"},
       {"node_modules/outer/o.js", ""},
       {"node_modules/outer/node_modules/plain/index.js", ""}});
  EXPECT_EQ(found(folder, "main"), "node_modules/main/lib/m.js");
  EXPECT_EQ(found(folder, "main/extra.js"), "node_modules/main/extra.js");
  EXPECT_EQ(found(folder, "main/extra"), "node_modules/main/extra.js");
  EXPECT_EQ(found(folder, "both"), "node_modules/both/m.mjs");
  EXPECT_EQ(found(folder, "plain"), "node_modules/plain/index.js");
  EXPECT_EQ(found(folder, "@scope/s/x"), "node_modules/@scope/s/y.js");
  Modules modules(folder.path() / "plugin.js", {});
  found(modules, "outer");
  EXPECT_EQ(found(modules, "plain", "node_modules/outer/o.js"),
            "node_modules/outer/node_modules/plain/index.js");
  EXPECT_EQ(found(modules, "main", "node_modules/outer/o.js"), "node_modules/main/lib/m.js");
}

TEST(Modules, knowAPackagesOwnNames) {
  const PluginFolder folder(
      {{"plugin.js", ""},
       {"node_modules/p/package.json",
        R"({"name": "p", "exports": {".": "./i.js", "./x": "./x.js"}, "imports": {"#y": "./y.js",
                                 "#q": "q"}})"},
       {"node_modules/p/i.js", ""},
       {"node_modules/p/x.js", ""},
       {"node_modules/p/y.js", ""},
       {"node_modules/q/index.js", ""}});
  Modules modules(folder.path() / "plugin.js", {});
  found(modules, "p");
  EXPECT_EQ(found(modules, "p/x", "node_modules/p/i.js"), "node_modules/p/x.js");
  EXPECT_EQ(found(modules, "#y", "node_modules/p/i.js"), "node_modules/p/y.js");
  EXPECT_EQ(found(modules, "#q", "node_modules/p/i.js"), "node_modules/q/index.js");
  EXPECT_EQ(found(modules, "#z", "node_modules/p/i.js"),
            "node_modules/p/i.js: no package.json says what \"#z\" is");
}

TEST(Modules, sayWhatCannotBeFoundAndWhere) {
  const PluginFolder folder(
      {{"plugin.js",
        "// what is needed\nimport \"./x.js\";\nimport a, { b } from 'nothing';\n"
        "export * from \"p/inner\"; import 'old'"},
       {"node_modules/p/package.json", R"({"exports": {}})"},
       {"node_modules/old/package.json", R"({"main": "m.js"})"},
       {"node_modules/old/m.js", "const x = require('y');\nmodule.exports = { x };"}});
  EXPECT_EQ(found(folder, "./x.js"), "plugin.js:2:1: cannot find module \"./x.js\"");
  EXPECT_EQ(found(folder, "nothing"),
            "plugin.js:3:1: cannot find package \"nothing\" in a node_modules folder");
  EXPECT_EQ(found(folder, "p/inner"),
            "plugin.js:4:1: the package does not export \"p/inner\" (node_modules/p/package.json)");
  EXPECT_EQ(found(folder, "old"),
            "plugin.js:4:26: \"old\" is a CommonJS module (node_modules/old/m.js); a plugin "
            "imports ES modules");
}

TEST(Modules, haveNothingBuiltIn) {
  const PluginFolder folder({{"plugin.js", ""}});
  const std::string reason = ": a plugin has its own files, packages, and the module \"troop\"";
  for (const char* specifier : {"node:fs", "https://example.com/x.js", "file:///etc/passwd",
                                "data:text/javascript,1", "/etc/passwd", "troop:host"}) {
    EXPECT_EQ(found(folder, specifier),
              "plugin.js: cannot import \"" + std::string(specifier) + "\"" + reason);
  }
}

TEST(Modules, refuseOddSpecifiers) {
  const PluginFolder folder({{"plugin.js", ""}, {"node_modules/a/index.js", ""}});
  for (const char* specifier : {"a/../b", "a//b", "a/./b", "@scope", "a\\b", "%2e%2e/a", "a/"}) {
    EXPECT_EQ(found(folder, specifier),
              "plugin.js: \"" + std::string(specifier) + "\" is no name of a package");
  }
  EXPECT_EQ(found(folder, ""), "plugin.js: cannot find module \"\"");
  EXPECT_EQ(found(folder, std::string_view("a\0b", 3)),
            "plugin.js: cannot find module \"" + std::string("a\0b", 3) + "\"");
}

TEST(Modules, answerOnlyForModulesThatWereFound) {
  const PluginFolder folder({{"plugin.js", ""}, {"a.js", ""}});
  Modules modules(folder.path() / "plugin.js", {});
  EXPECT_EQ(found(modules, "./a.js", "../plugin.js"), "there is no module \"../plugin.js\"");
  EXPECT_EQ(found(modules, "./a.js", ""), "there is no module \"\"");
  EXPECT_EQ(found(modules, "./a.js", "a.js"), "there is no module \"a.js\"");
}

TEST(Modules, neverTakeTheEnginesNames) {
  const PluginFolder folder({{"plugin.js", ""}, {"troop", ""}, {"troop:host", ""}});
  EXPECT_EQ(found(folder, "./troop"), "./troop");
  EXPECT_EQ(found(folder, "./troop:host"), "./troop:host");
}

TEST(Modules, stayWithinThePluginsFolder) {
  const PluginFolder folder({{"secret.js", ""}, {"plugin/plugin.js", ""}, {"plugin/lib/a.js", ""}});
  const fs::path entry = folder.path() / "plugin" / "plugin.js";
  const std::string outside = " lies outside of what the plugin may import";
  Modules modules(entry, {});
  EXPECT_EQ(found(modules, "../secret.js"), "plugin.js: module \"../secret.js\"" + outside);
  EXPECT_EQ(found(modules, "./lib/../../secret.js"),
            "plugin.js: module \"./lib/../../secret.js\"" + outside);
  EXPECT_EQ(found(modules, "../../../../../../../etc/passwd"),
            "plugin.js: module \"../../../../../../../etc/passwd\"" + outside);
  EXPECT_EQ(found(modules, ".."), "plugin.js: module \"..\"" + outside);
  EXPECT_EQ(found(modules, "../plugin/lib/a.js"), "lib/a.js") << "the way leads back in";
}

TEST(Modules, followNoLinkOutOfThePluginsFolder) {
  const PluginFolder folder(
      {{"secret.js", ""},
       {"secrets/index.js", ""},
       {"secrets/package.json", R"({"exports": "./index.js"})"},
       {"plugin/plugin.js", ""},
       {"plugin/node_modules/evil/package.json", R"({"exports": "./link.js"})"}});
  const fs::path plugin = folder.path() / "plugin";
  fs::create_symlink("../secret.js", plugin / "link.js");
  fs::create_symlink("../absent.js", plugin / "dangling.js");
  fs::create_symlink("../secrets", plugin / "folder");
  fs::create_symlink("/etc/passwd", plugin / "absolute.js");
  fs::create_symlink(folder.path() / "secrets", plugin / "node_modules" / "linked");
  fs::create_symlink("../../../secret.js", plugin / "node_modules" / "evil" / "link.js");
  Modules modules(plugin / "plugin.js", {});
  EXPECT_EQ(found(modules, "./link.js"), "plugin.js: cannot find module \"./link.js\"");
  EXPECT_EQ(found(modules, "./dangling.js"), "plugin.js: cannot find module \"./dangling.js\"");
  EXPECT_EQ(found(modules, "./folder"), "plugin.js: cannot find module \"./folder\"");
  EXPECT_EQ(found(modules, "./folder/index.js"),
            "plugin.js: cannot find module \"./folder/index.js\"");
  EXPECT_EQ(found(modules, "./absolute.js"), "plugin.js: cannot find module \"./absolute.js\"");
  EXPECT_EQ(found(modules, "linked"),
            "plugin.js: cannot find package \"linked\" in a node_modules folder");
  EXPECT_EQ(found(modules, "evil"), "plugin.js: cannot find module \"evil\"");
}

TEST(Modules, findPackagesUpToTheRootThatTheHostNames) {
  const PluginFolder folder({{"node_modules/far/index.js", ""},
                             {"project/node_modules/near/index.js", ""},
                             {"project/plugins/a/plugin.js", ""},
                             {"project/plugins/b/other.js", ""}});
  const fs::path entry = folder.path() / "project/plugins/a/plugin.js";
  Modules modules(entry, folder.path() / "project");
  EXPECT_EQ(found(modules, "near"), "../../node_modules/near/index.js");
  EXPECT_EQ(found(modules, "far"),
            "plugin.js: cannot find package \"far\" in a node_modules folder");
  EXPECT_EQ(found(modules, "../b/other.js"),
            "plugin.js: module \"../b/other.js\" lies outside of what the plugin may import");
  Modules alone(entry, {});
  EXPECT_EQ(found(alone, "near"),
            "plugin.js: cannot find package \"near\" in a node_modules folder");
}

TEST(Modules, followTheHostsLinksToPackagesBelowTheRoot) {
  const PluginFolder folder({{"outside/index.js", ""},
                             {"project/packages/shared/index.js", ""},
                             {"project/packages/shared/more.js", ""},
                             {"project/packages/private/index.js", ""},
                             {"project/plugin/plugin.js", ""},
                             {"project/node_modules/dependency/index.js", ""}});
  const fs::path packages = folder.path() / "project/node_modules";
  fs::create_symlink("../packages/shared", packages / "shared");
  fs::create_symlink("../../outside", packages / "outside");
  Modules modules(folder.path() / "project/plugin/plugin.js", folder.path() / "project");
  EXPECT_EQ(found(modules, "shared"), "../packages/shared/index.js");
  EXPECT_EQ(found(modules, "./more.js", "../packages/shared/index.js"),
            "../packages/shared/more.js");
  EXPECT_EQ(found(modules, "dependency", "../packages/shared/index.js"),
            "../node_modules/dependency/index.js");
  EXPECT_EQ(found(modules, "../private/index.js", "../packages/shared/index.js"),
            "../packages/shared/index.js: module \"../private/index.js\" lies outside of what the "
            "plugin may import");
  EXPECT_EQ(found(modules, "outside"),
            "plugin.js: cannot find package \"outside\" in a node_modules folder");
}

TEST(Modules, readRegularFilesOnly) {
  const PluginFolder folder({{"plugin.js", ""}});
  ASSERT_EQ(mkfifo((folder.path() / "pipe.js").c_str(), 0600), 0);
  fs::create_symlink("/dev/zero", folder.path() / "zero.js");
  fs::create_directory(folder.path() / "folder.js");
  EXPECT_EQ(found(folder, "./pipe.js"), "plugin.js: cannot find module \"./pipe.js\"");
  EXPECT_EQ(found(folder, "./zero.js"), "plugin.js: cannot find module \"./zero.js\"");
  EXPECT_EQ(found(folder, "./folder.js"), "plugin.js: cannot find module \"./folder.js\"");
}

TEST(Modules, areBoundedInSize) {
  const PluginFolder folder({{"plugin.js", ""}});
  folder.write("large.js", "");
  fs::resize_file(folder.path() / "large.js", moduleFileBytesMax + (1 << 20));
  EXPECT_EQ(found(folder, "./large.js"), "plugin.js: large.js: is 17 MiB; at most 16 MiB are read");
  Modules modules(folder.path() / "plugin.js", {});
  for (std::size_t i = 0; i < moduleFilesBytesMax / moduleFileBytesMax; ++i) {
    const std::string name = "part" + std::to_string(i) + ".js";
    folder.write(name, "");
    fs::resize_file(folder.path() / name, moduleFileBytesMax);
    EXPECT_EQ(found(modules, "./" + name), name);
  }
  folder.write("last.js", " ");
  EXPECT_EQ(found(modules, "./last.js"),
            "plugin.js: last.js: with it the plugin has more than 64 MiB of modules");
}

TEST(Modules, haveNamesOfBoundedLength) {
  const PluginFolder folder(
      {{"plugin.js", ""},
       {"a.js", ""},
       {"package.json",
        "{\"imports\": {\"#x/*\": \"./" + std::string(1500, '*') + "\", \"#y\": \"./a.js\"}}"}});
  for (const char* begin : {"#x/", "./", "a/", "../"}) {
    const std::string specifier = begin + std::string(1'000'000, 'a');
    EXPECT_EQ(found(folder, specifier), "plugin.js: imports a module by a name of " +
                                            std::to_string(specifier.size()) +
                                            " bytes; at most 4096 are looked for");
  }
  // Short enough, and too long with its stars replaced.
  const std::string specifier = "#x/" + std::string(100, 'a');
  EXPECT_EQ(found(folder, specifier),
            "plugin.js: no package.json says what \"" + specifier + "\" is");
  EXPECT_EQ(found(folder, "#y"), "a.js");
}

TEST(Modules, refuseAnEntryThatIsNotThere) {
  const PluginFolder folder({{"a/plugin.js", ""}, {"b/x.js", ""}});
  const std::string base = folder.path().string();
  EXPECT_EQ(refusal(folder.path() / "absent.js"), base + "/absent.js: no such file");
  EXPECT_EQ(refusal(folder.path() / "a"), base + "/a: no such file");
  EXPECT_EQ(refusal(folder.path() / "a/plugin.js", folder.path() / "absent"),
            base + "/absent: no such folder");
  EXPECT_EQ(refusal(folder.path() / "a/plugin.js", folder.path() / "b"),
            base + "/a/plugin.js: is not below " + base + "/b");
}

TEST(PositionOfImport, isTheStatementsBegin) {
  using Place = std::optional<Position>;
  EXPECT_EQ(positionOfImport("import 'a'", "a"), (Place{{1, 1}}));
  EXPECT_EQ(positionOfImport("\n  import x from \"a\"", "a"), (Place{{2, 3}}));
  EXPECT_EQ(positionOfImport("import {\n  x,\n  y,\n} from 'a';", "a"), (Place{{1, 1}}));
  EXPECT_EQ(positionOfImport("import 'b'; export * from 'a'", "a"), (Place{{1, 13}}));
  EXPECT_EQ(positionOfImport("const a = 'a';\nimport{y}from'a'", "a"), (Place{{2, 1}}));
  EXPECT_EQ(positionOfImport("/* \xc3\xa9\xe2\x82\xac */ import 'a'", "a"), (Place{{1, 10}}));
  EXPECT_EQ(positionOfImport("import { important } from 'a'", "a"), (Place{{1, 1}}));
  EXPECT_EQ(positionOfImport("const a = 'a'", "a"), std::nullopt);
  EXPECT_EQ(positionOfImport("", "a"), std::nullopt);
  EXPECT_EQ(positionOfImport("'a'", "a"), std::nullopt);
  EXPECT_EQ(positionOfImport("import 'a", "a"), std::nullopt);
}

TEST(PositionOfImport, takesNoLongerThanItsTextIsLong) {
  const std::string letters(std::size_t{16} << 20, 'a');
  EXPECT_EQ(positionOfImport(letters, std::string(4000, 'a')), std::nullopt);
  const std::string quotes(std::size_t{16} << 20, '"');
  EXPECT_EQ(positionOfImport(quotes, std::string(4000, '"')), std::nullopt);
}

}  // namespace
}  // namespace troop::sandbox::js
