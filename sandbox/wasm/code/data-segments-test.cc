#include "sandbox/wasm/code/data-segments.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/error.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::wasm {
namespace {

std::string reasonFor(const std::string& text) {
  try {
    refuseDataThatIsCopied(binaryOfText("m.wat", "(module (memory 1000) " + text + ")"));
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

const std::string twoMiB = "\"" + std::string(2 << 20, 'x') + "\"";

TEST(DataSegments, ofWhichAnImageIsMadeMayBeLarge) {
  EXPECT_EQ(reasonFor(""), "");
  EXPECT_EQ(reasonFor("(data (i32.const 65000) " + twoMiB + ")"), "");
  EXPECT_EQ(reasonFor("(data " + twoMiB + ")"), "");  // which is not written by itself
  EXPECT_EQ(reasonFor("(data (i32.const 0) \"x\") (data (i32.const 14000000) " + twoMiB + ")"), "");
}

TEST(DataSegments, thatAreCopiedMayBeSmall) {
  EXPECT_EQ(reasonFor("(global $g i32 (i32.const 7)) (data (global.get $g) \"x\")"
                      "(data (i32.add (i32.const 1) (i32.const 2)) \"x\")"
                      "(data (i32.const -1) \"x\")"),
            "");
  EXPECT_EQ(reasonFor("(data (i32.const 0) \"x\") (data (i32.const 60000000) \"y\")"), "");
}

TEST(DataSegments, atAComputedPlaceAreNotCopiedWhereTheyAreLarge) {
  EXPECT_EQ(reasonFor("(data (i32.const 0) \"x\")"
                      "(data (i32.add (i32.const 1) (i32.const 2)) " +
                      twoMiB + ")"),
            "data segment 1 has a computed offset: then all data are written whenever an instance "
            "is made, at most 1 MiB, and these take 2.02 MiB");
  EXPECT_NE(reasonFor("(global $g i32 (i32.const 7)) (data (global.get $g) " + twoMiB + ")"), "");
}

TEST(DataSegments, areNotCopiedBeforeOneThatLiesOutside) {
  EXPECT_EQ(reasonFor("(data (i32.const 0) " + twoMiB + ") (data (i32.const -1) \"x\")"),
            "data segment 1 lies outside memory: then all data are written whenever an instance is "
            "made, at most 1 MiB, and these take 2.02 MiB");
}

TEST(DataSegments, thatAreSpreadThinAreNotCopied) {
  EXPECT_EQ(reasonFor("(data (i32.const 0) \"x\") (data (i32.const 60000000) " + twoMiB + ")"),
            "2 MiB of data are spread over 59.22 MiB: then all data are written whenever an "
            "instance is made, at most 1 MiB, and these take 2.02 MiB");
  std::string scattered;
  for (int i = 0; i < 1000; ++i) {
    scattered += "(data (i32.const " + std::to_string(i * 60'000) + ") \"x\")";
  }
  EXPECT_NE(reasonFor(scattered), "");
}

}  // namespace
}  // namespace troop::sandbox::wasm
