#include "sandbox/js/packages.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/error.h"

namespace troop::sandbox::js {
namespace {

using Target = std::optional<std::string>;

Target exported(const std::string& exports, std::string_view subpath = ".") {
  return Package("{\"exports\": " + exports + "}", "package.json").exported(subpath);
}

TEST(PackageExports, canBeOneFile) {
  EXPECT_EQ(exported("\"./a.js\""), "./a.js");
  EXPECT_EQ(exported("\"./a.js\"", "./b"), std::nullopt);
}

TEST(PackageExports, ofMarkedLeadToItsModule) {
  const std::string marked = R"({
    ".": {"types": "./lib/marked.d.ts", "default": "./lib/marked.esm.js"},
    "./bin/marked": "./bin/marked.js",
    "./package.json": "./package.json"
  })";
  EXPECT_EQ(exported(marked), "./lib/marked.esm.js");
  EXPECT_EQ(exported(marked, "./bin/marked"), "./bin/marked.js");
  EXPECT_EQ(exported(marked, "./lib/marked.esm.js"), std::nullopt);
}

TEST(PackageExports, takeTheFirstConditionThatHolds) {
  EXPECT_EQ(exported(R"({"require": "./a.cjs", "import": "./a.mjs", "default": "./b.js"})"),
            "./a.mjs");
  EXPECT_EQ(exported(R"({"default": "./b.js", "import": "./a.mjs"})"), "./b.js");
  EXPECT_EQ(exported(R"({"node": "./n.js", "module": "./m.js", "default": "./b.js"})"), "./m.js");
  EXPECT_EQ(exported(R"({"import": {"node": "./n.js", "default": "./i.js"}, "default": "./b.js"})"),
            "./i.js");
  EXPECT_EQ(exported(R"({"import": {"node": "./n.js"}, "default": "./b.js"})"), "./b.js");
  EXPECT_EQ(exported(R"({"require": "./a.cjs"})"), std::nullopt);
}

TEST(PackageExports, canBeAlternatives) {
  EXPECT_EQ(exported(R"([{"require": "./a.cjs"}, "./b.js"])"), "./b.js");
  EXPECT_EQ(exported("[]"), std::nullopt);
}

TEST(PackageExports, canBePatterns) {
  const std::string patterns =
      R"({"./x/*": "./src/*.js", "./x/deep/*.mjs": "./deep/*.mjs", "./x/private/*": null,
          "./y/*/z": "./*/*.js"})";
  EXPECT_EQ(exported(patterns, "./x/a"), "./src/a.js");
  EXPECT_EQ(exported(patterns, "./x/a/b"), "./src/a/b.js");
  EXPECT_EQ(exported(patterns, "./x/deep/q.mjs"), "./deep/q.mjs");
  EXPECT_EQ(exported(patterns, "./x/private/q"), std::nullopt);
  EXPECT_EQ(exported(patterns, "./y/t/z"), "./t/t.js");
  EXPECT_EQ(exported(patterns, "./x/"), std::nullopt);
  EXPECT_EQ(exported(patterns, "./x/*"), "./src/*.js");
  EXPECT_EQ(exported(patterns, "."), std::nullopt);
}

TEST(PackageExports, neverLeadOutOfThePackage) {
  EXPECT_EQ(exported(R"("../a.js")"), std::nullopt);
  EXPECT_EQ(exported(R"("./a/../../b.js")"), std::nullopt);
  EXPECT_EQ(exported(R"("./node_modules/b/b.js")"), std::nullopt);
  EXPECT_EQ(exported(R"({"./*": "./*"})", "./../../etc/passwd"), std::nullopt);
  EXPECT_EQ(exported(R"({"./*": "./*"})", "./..\\..\\x"), std::nullopt);
}

TEST(PackageExports, ofOtherTypesExportNothing) {
  for (const char* odd : {"42", "true", "{}", "{\".\": 3}", "{\".\": {\"import\": []}}"}) {
    EXPECT_EQ(exported(odd), std::nullopt) << odd;
  }
  EXPECT_FALSE(Package("{\"exports\": null}", "package.json").hasExports());
  EXPECT_FALSE(Package("{}", "package.json").hasExports());
}

TEST(PackageImports, mapInternalNames) {
  const Package package(
      R"({"imports": {"#a": "./a.js", "#b/*": {"default": "./b/*.js"}, "#c": "other"}})", "p");
  EXPECT_EQ(package.imported("#a"), "./a.js");
  EXPECT_EQ(package.imported("#b/x"), "./b/x.js");
  EXPECT_EQ(package.imported("#c"), "other");
  EXPECT_EQ(package.imported("#d"), std::nullopt);
  EXPECT_EQ(Package("{\"imports\": 3}", "p").imported("#a"), std::nullopt);
}

TEST(PackageMain, prefersTheModule) {
  using Files = std::vector<std::string>;
  EXPECT_EQ(Package("{}", "p").mainFiles(), Files{"index.js"});
  EXPECT_EQ(Package(R"({"main": "lib/a.js", "module": "lib/a.mjs"})", "p").mainFiles(),
            (Files{"lib/a.mjs", "lib/a.js", "index.js"}));
  EXPECT_EQ(Package(R"({"main": 3})", "p").mainFiles(), Files{"index.js"});
}

TEST(Package, refusesWhatIsNoObject) {
  for (const std::string& text :
       {std::string(""), std::string("3"), std::string("[]"), std::string("{"),
        std::string("{\"a\":}"), std::string("\0", 1), std::string(100'000, '[')}) {
    EXPECT_THROW(Package(text, "node_modules/a/package.json"), Error) << text.substr(0, 10);
  }
  EXPECT_THROW(
      Package("{\"exports\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}", "p"),
      Error);
}

TEST(PackageExports, leadToNoPathThatIsLongerThanPathsAre) {
  const std::string stars(std::size_t{1} << 20, '*');
  const std::string key = "./" + std::string(100'000, 'x');
  EXPECT_EQ(exported(R"({"./*": "./)" + stars + "\"}", key), std::nullopt);
  EXPECT_EQ(exported(R"({"./*": "./)" + std::string(5000, 'a') + "\"}", "./x"), std::nullopt);
  EXPECT_EQ(exported(R"({"./*": ["./)" + stars + "\", \"./*/b.js\"]}", "./x"), "./x/b.js");
}

}  // namespace
}  // namespace troop::sandbox::js
