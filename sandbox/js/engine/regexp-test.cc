#include <gtest/gtest.h>

#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class RegularExpression : public JavaScriptTest {
 protected:
  Events log(std::string_view source) { return run(source)->takeEvents(); }
};

// Expressions that begin with ^ are tried at the start only; whatever they match must stay the
// same.
TEST_F(RegularExpression, matchesTheSameWhenAnchored) {
  EXPECT_EQ(
      log(R"(
    const show = (r, text) => JSON.stringify(r.exec(text));
    console.log(show(/^a/, "ab"), show(/^a/, "ba"), show(/^/, ""), show(/^$/, "x"),
                show(/^(a)|b/, "xb"));
    console.log(show(/^a/m, "b\na"), show(/(^a)/, "ba"), show(/(?:^a)/, "ba"), show(/x|^a/, "ba"),
                show(/^a|^b/, "b"));
    console.log(show(/^(?=a)ab/, "ab"), show(/^\u{1f600}/u, "\u{1f600}"), show(/^./s, "\n"),
                show(/^A/i, "a"));)"),
      (Events{R"(log 1: ["a"] null [""] null ["b",null])", R"(log 1: ["a"] null null null ["b"])",
              "log 1: [\"ab\"] [\"\xf0\x9f\x98\x80\"] [\"\\n\"] [\"a\"]"}));
}

TEST_F(RegularExpression, keepsItsPlaceWhenAnchored) {
  EXPECT_EQ(log(R"(
    const global = /^a/g;
    console.log(global.test("aa"), global.lastIndex, global.test("aa"), global.lastIndex);
    const sticky = /^a/y;
    sticky.lastIndex = 1;
    console.log(sticky.test("aa"), sticky.lastIndex, "aaa".replace(/^a/g, "b"),
                "a\na".replace(/^a/gm, "b"));
    console.log("aXa".split(/^a/), "aaa".match(/^a/g), [..."ab".matchAll(/^./g)].length,
                "ba".search(/^a/));
    console.log(/^(?<letter>.)\k<letter>/.exec("aab").groups.letter, /^(?!b)/.test("b"),
                /^\b/.test("a"));)"),
            (Events{"log 1: true 1 false 0", "log 1: false 0 baa b\nb",
                    "log 1: [\"\", \"Xa\"] [\"a\"] 1 -1", "log 1: a false true"}));
}

TEST_F(RegularExpression, failsAtOnceWhenAnchored) {
  // Matched against the rest of a document again and again, as parsers do: with a search over the
  // whole rest each time this takes hours.
  auto guest = run(R"(
    let rest = "x".repeat(100_000), steps = 0;
    const rules = [/^# .*/, /^> .*/, /^\d+\. .*/, /^(`{3}|~{3})/, /^x/];
    while (rest !== "") {
      const match = rules.map((rule) => rule.exec(rest)).find((found) => found !== null);
      rest = rest.slice(match[0].length);
      steps++;
    }
    console.log(steps);)",
                   {.memoryKiB = 64 << 10});
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: 100000"});
}

}  // namespace
}  // namespace troop::sandbox::js::testing
