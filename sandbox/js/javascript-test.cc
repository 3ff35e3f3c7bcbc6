#include "sandbox/js/javascript.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class JavaScriptImage : public JavaScriptTest {};

TEST_F(JavaScriptImage, startsAPlugin) {
  auto guest = run("console.log('hello', 1 + 1)");
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: hello 2"});
  EXPECT_EQ(guest->fate(), "alive");
}

TEST_F(JavaScriptImage, startsManyGuestsThatShareNothing) {
  auto plugin = image(R"(
    import { Text } from "./text.js";
    let count = 0;
    export default class extends Text.Target { say() { return { text: String(++count) } } })");
  auto one = make(plugin);
  auto other = make(plugin);
  one->start();
  other->start();
  one->call(1, "");
  one->call(2, "");
  other->call(1, "");
  EXPECT_EQ(one->takeEvents(), (Events{"answer 1: 1", "answer 2: 2"}));
  EXPECT_EQ(other->takeEvents(), Events{"answer 1: 1"});
}

TEST_F(JavaScriptImage, survivesItsFiles) {
  auto plugin = image("import './text.js'; console.log('kept')");
  folder.write("plugin.js", "console.log('changed')");
  std::filesystem::remove(folder.path() / "text.js");
  auto guest = make(plugin);
  guest->start();
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: kept"});
}

TEST_F(JavaScriptImage, hasTheDigestOfItsContent) {
  const wasm::Digest one = image("console.log(1)")->digest();
  EXPECT_EQ(image("console.log(1)")->digest(), one);
  EXPECT_NE(image("console.log(2)")->digest(), one);
}

TEST_F(JavaScriptImage, isCalledByItsEntry) {
  EXPECT_EQ(image("")->name(), (folder.path() / "plugin.js").string());
  EXPECT_TRUE(image("")->initialized());
}

TEST_F(JavaScriptImage, copiesLittle) {
  EXPECT_LT(image("")->copiedBytes(), std::size_t{256} << 10);
  EXPECT_LE(image("")->memoryBytes(), std::size_t{1} << 20);
}

class Randomness : public JavaScriptTest {};

TEST_F(Randomness, ofClonesIsTheirOwn) {
  auto plugin = image("console.log(Math.random())");
  const auto drawn = [&](std::uint64_t seed) {
    auto guest = make(plugin, {.entropySeed = seed});
    guest->start();
    return guest->takeEvents();
  };
  EXPECT_NE(drawn(1), drawn(2));
  EXPECT_EQ(drawn(3), drawn(3));
}

TEST_F(Randomness, isTheSameForAllWithoutTheGrant) {
  EXPECT_EQ(run("console.log(Math.random())")->takeEvents(),
            run("console.log(Math.random())")->takeEvents());
}

class Clock : public JavaScriptTest {};

TEST_F(Clock, standsWithoutTheGrant) {
  EXPECT_EQ(
      run("console.log(Date.now(), new Date().toISOString(), performance.now())")->takeEvents(),
      Events{"log 1: 0 1970-01-01T00:00:00.000Z 0"});
}

TEST_F(Clock, runsWithTheGrant) {
  EXPECT_EQ(run("console.log(Date.now(), performance.now())", {.hasClock = true})->takeEvents(),
            Events{"log 1: 1700000000123 42"});
}

class Marked : public JavaScriptTest {
 protected:
  static std::string contentOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::unique_ptr<ScriptGuest> renderer() {
    for (const char* file :
         {"node_modules/marked/package.json", "node_modules/marked/lib/marked.esm.js"}) {
      folder.write(file, contentOf(std::string("docs/examples/plugins/") + file));
    }
    return run(R"(
      import { marked } from "marked";
      import { Text } from "./text.js";
      export default class extends Text.Target {
        say({ text }) { return { text: marked.parse(text) } }
      })");
  }
};

TEST_F(Marked, rendersFromNpmUnmodified) {
  auto guest = renderer();
  EXPECT_EQ(guest->fate(), "alive");
  guest->call(1,
              "# A *title*\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[x](y \"z\") "
              "`code` \xe2\x82\xac");
  EXPECT_EQ(
      guest->takeEvents(),
      Events{
          "answer 1: <h1>A "
          "<em>title</em></h1>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<table>\n<thead>\n<tr>\n"
          "<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody><tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</"
          "tbody></table>"
          "\n<p><a href=\"y\" title=\"z\">x</a> <code>code</code> \xe2\x82\xac</p>\n"});
}

TEST_F(Marked, rendersALanguageSpecificationAgainAndAgain) {
  auto guest = renderer();
  const std::string specification =
      contentOf("docs/examples/plugins/node_modules/commonmark-spec/spec.txt");
  ASSERT_GT(specification.size(), 200'000u);
  std::string first;
  for (std::uint32_t id = 1; id <= 5; ++id) {
    guest->call(id, specification);
    const Events events = guest->takeEvents();
    ASSERT_EQ(events.size(), 1u) << guest->fate();
    const std::string html = events[0].substr(std::string_view("answer 1: ").size());
    if (id == 1) first = html;
    EXPECT_EQ(html, first);
  }
  EXPECT_GT(first.size(), specification.size());
  EXPECT_NE(first.find("<h1>Introduction</h1>"), std::string::npos);
}

}  // namespace
}  // namespace troop::sandbox::js::testing
