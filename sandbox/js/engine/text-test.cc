#include <gtest/gtest.h>

#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class Utf8 : public JavaScriptTest {
 protected:
  Events log(std::string_view source) { return run(source)->takeEvents(); }
};

TEST_F(Utf8, survivesThereAndBack) {
  EXPECT_EQ(log(R"(
    const text = ["", "a", "\u00e9", "\u20ac", "\u{1f600}", "a\0b", "\ufeff", "\uffff",
                  "\u{10ffff}"];
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const there = (t) => decoder.decode(new TextEncoder().encode(t));
    const long = text.join("").repeat(1000);
    console.log(text.every((t) => there(t) === t), there(long) === long);
    const bytes = [...new TextEncoder().encode("\u00e9\u20ac\u{1f600}")];
    console.log(bytes.map((b) => b.toString(16)).join(" "));)"),
            (Events{"log 1: true true", "log 1: c3 a9 e2 82 ac f0 9f 98 80"}));
}

TEST_F(Utf8, replacesHalvesOfPairs) {
  EXPECT_EQ(log(R"(
    const hex = (t) => [...new TextEncoder().encode(t)].map((b) => b.toString(16)).join(" ");
    console.log(hex("\ud83d"), hex("x\ude00y"), hex("\ud83d\ud83d\ude00"), hex("\ud7ff\ue000"));)"),
            Events{"log 1: ef bf bd 78 ef bf bd 79 ef bf bd f0 9f 98 80 ed 9f bf ee 80 80"});
}

// From the Encoding Standard: one replacement for each maximal part of something that is no
// character.
TEST_F(Utf8, replacesWhatIsNoCharacter) {
  EXPECT_EQ(log(R"(
    const show = (...bytes) => [...new TextDecoder().decode(new Uint8Array(bytes))]
      .map((c) => c === "\ufffd" ? "?" : c).join("");
    console.log([
      show(0xff), show(0x80), show(0xc0, 0x80), show(0xc3), show(0xc3, 0x41),
      show(0xe2, 0x82), show(0xe2, 0x82, 0x41), show(0xe0, 0x80, 0x80), show(0xed, 0xa0, 0x80),
      show(0xf0, 0x80, 0x80, 0x80), show(0xf0, 0x9f, 0x98),
      show(0xf4, 0x90, 0x80, 0x80), show(0xf5, 0x41), show(0x41, 0xe2, 0x42, 0xf0, 0x9f, 0x43),
    ].join(" "));)"),
            Events{"log 1: ? ? ?? ? ?A ? ?A ??? ??? ???? ? ???? ?A A?B?C"});
}

TEST_F(Utf8, canRefuseWhatIsNoCharacter) {
  EXPECT_EQ(log(R"(
    const decoder = new TextDecoder("utf-8", { fatal: true });
    console.log(decoder.decode(new Uint8Array([0x41])), decoder.fatal, decoder.encoding);
    try { decoder.decode(new Uint8Array([0xff])) } catch (error) { console.log(String(error)) }
    try { new TextDecoder("latin1") } catch (error) { console.log(String(error)) })"),
            (Events{"log 1: A true utf-8", "log 1: TypeError: the bytes are not well-formed UTF-8",
                    "log 1: RangeError: the encoding \"latin1\" is not supported"}));
}

TEST_F(Utf8, comesInPieces) {
  EXPECT_EQ(log(R"(
    const bytes = new TextEncoder().encode("\ufeffa\u20acb\u{1f600}c");
    const all = [];
    for (let size = 1; size <= bytes.length; size++) {
      const decoder = new TextDecoder();
      let text = "";
      for (let at = 0; at < bytes.length; at += size) {
        text += decoder.decode(bytes.subarray(at, at + size), { stream: true });
      }
      all.push(text + decoder.decode());
    }
    console.log(all.every((text) => text === "a\u20acb\u{1f600}c"));
    const cut = new TextDecoder();
    cut.decode(new Uint8Array([0xe2, 0x82]), { stream: true });
    console.log(cut.decode() === "\ufffd", cut.decode(new Uint8Array([0x41])));)"),
            (Events{"log 1: true", "log 1: true A"}));
}

TEST_F(Utf8, comesFromAnyBuffer) {
  EXPECT_EQ(log(R"(
    const bytes = new Uint8Array([0x41, 0x42, 0x43, 0x44]);
    const decode = (x) => new TextDecoder().decode(x);
    console.log(decode(bytes.buffer), decode(bytes.subarray(1, 3)),
      decode(new DataView(bytes.buffer, 2)), decode(new Uint16Array(bytes.buffer)), decode(),
      decode(new Uint8Array(0)) === "");
    const encoder = new TextEncoder();
    console.log(encoder.encodeInto("a\u20acb", new Uint8Array(4)), encoder.encode().length);)"),
            (Events{"log 1: ABCD BC CD ABCD  true", "log 1: { read: 2, written: 4 } 0"}));
}

}  // namespace
}  // namespace troop::sandbox::js::testing
