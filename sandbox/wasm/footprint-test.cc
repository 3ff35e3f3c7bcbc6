#include "sandbox/wasm/footprint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "sandbox/testing/host-fixture.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::wasm {
namespace {

using namespace testing;

std::vector<std::byte> binary(const std::string& text) {
  return binaryOfText("m.wat", "(module " + text + ")");
}
std::size_t bytesOf(const std::string& text) {
  return instanceBytes(binary(text));
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Footprint, isNothingWithoutAnythingToKeep) {
  EXPECT_EQ(bytesOf("(memory 1 10) (func $f) (data \"abc\")"), 0u);
}

TEST(Footprint, hasAllThatATableMayGrowTo) {
  EXPECT_EQ(bytesOf("(table 10 50 funcref)"), 50u * 8);
  EXPECT_EQ(bytesOf("(table 10 funcref)"), tableElementsMax * 8);
  EXPECT_EQ(bytesOf("(table 10 4000000000 funcref)"), tableElementsMax * 8);
}

TEST(Footprint, hasGlobalsAndTheFunctionsThatAreHandedAround) {
  EXPECT_EQ(bytesOf(repeated("(global (mut i32) (i32.const 300))", 100)), 100u * 16);
  EXPECT_EQ(bytesOf("(global v128 (v128.const i64x2 1 2)) (global f64 (f64.const 1))"
                    "(global f32 (f32.const 1)) (global i64 (i64.add (i64.const 1) (i64.const 2)))"
                    "(global funcref (ref.null func))"),
            5u * 16);
  EXPECT_EQ(bytesOf("(func $f (export \"f\") (export \"g\")) (func $g) (global funcref (ref.func "
                    "$f))"),
            16u + 32);
  EXPECT_EQ(bytesOf("(import \"m\" \"f\" (func)) (import \"m\" \"g\" (func))"), 2u * 32);
}

TEST(Footprint, hasACopyOfEachPassiveSegmentOfElements) {
  const std::size_t passive = 32 + 16 * 3 + 32;  // itself, its elements, $f
  EXPECT_EQ(bytesOf("(func $f) (elem func $f $f $f)"), passive);
  EXPECT_EQ(bytesOf("(func $f) (elem funcref (ref.func $f) (ref.null func) (ref.func $f))"),
            passive);
  EXPECT_EQ(bytesOf("(func $f) (elem declare func $f $f $f)"), 32u);
  EXPECT_EQ(bytesOf("(func $f) (elem declare funcref (ref.func $f))"), 32u);
  const std::size_t table = 4 * 8;
  EXPECT_EQ(bytesOf("(func $f) (table 4 4 funcref) (elem (i32.const 1) $f $f $f)"), table + 32);
  EXPECT_EQ(bytesOf("(func $f) (table 4 4 funcref) (elem (table 0) (i32.const 1) func $f)"),
            table + 32);
  EXPECT_EQ(bytesOf("(func $f) (table 4 4 funcref) (elem (i32.const 1) funcref (ref.func $f))"),
            table + 32);
}

TEST(Footprint, ofDamagedCodeIsAnErrorOrAnotherNumber) {
  const std::vector<std::byte> code = binary(
      "(import \"m\" \"g\" (global i32)) (func $f (export \"f\")) (table 4 9 funcref)"
      "(global v128 (v128.const i64x2 1 2)) (elem func $f $f) (elem (i32.const 0) $f)"
      "(elem funcref (ref.null func))");
  EXPECT_GT(instanceBytes(code), 100u);
  int refused = 0;
  for (std::size_t at = 8; at < code.size(); ++at) {
    for (const unsigned flipped : {0x01u, 0x40u, 0x80u, 0xffu}) {
      std::vector<std::byte> damaged = code;
      damaged[at] ^= std::byte(flipped);
      try {
        instanceBytes(damaged);
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 50);
}

// As guests are charged --------------------------------------------------------------------------

std::string elements(std::size_t count) {
  return "(func $any) (elem func" + repeated(" $any", count) + ")";
}

std::size_t residentBytes() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class Charged : public HostTest {
 protected:
  // What a guest is charged that has answered.
  std::size_t chargedTo(const std::string& more) {
    const Guest guest = spawn({.onCall = std::string(answerEmpty), .more = more});
    EXPECT_EQ(ask(guest)->wait(after(patience)), WaitResult::signalled);
    return guest.usage().memoryBytes;
  }
};

TEST_F(Charged, forTablesGlobalsAndSegments) {
  // A message may still be under way, and charged, when a guest has answered.
  constexpr std::size_t messageBytes = 4096;
  const std::size_t plain = chargedTo("") - messageBytes;
  EXPECT_GE(chargedTo("(table 20000 funcref)"), plain + 160'000);
  EXPECT_GE(chargedTo(repeated("(global (mut i64) (i64.const 0))", 10'000)), plain + 160'000);
  EXPECT_GE(chargedTo(elements(60'000)), plain + 960'000);
}

TEST_F(Charged, whatDoesNotFitUnderTheLimitIsNotStarted) {
  EXPECT_EQ(thrownBy([&] {
              spawn({.more = elements(60'000)}, {.name = "wide", .limits = {.memoryBytes = 1_MiB}});
            }),
            "guest 'wide' does not fit: memory 1 MiB reached");
  EXPECT_EQ(host.process().memory()->used(), 0u);
}

TEST_F(Charged, manyInstancesTakeNoMoreThanTheyAreCharged) {
  const WatGuest wide{.onCall = "(table.fill (i32.const 0) (ref.func $any) (i32.const 20000))" +
                                std::string(answerEmpty),
                      .more = elements(30'000) + "(table 20000 20000 funcref)"};
  const sandbox::Image code = image(wide);
  const std::size_t before = residentBytes();
  std::vector<Guest> guests;
  for (int i = 0; i < 40; ++i) guests.push_back(host.spawn(code));
  for (const Guest& guest : guests)
    EXPECT_EQ(ask(guest)->wait(after(patience)), WaitResult::signalled);
  const std::size_t taken = residentBytes() - before;
  const std::size_t charged = host.process().memory()->used();
  EXPECT_GT(charged, 40u * 640'000);
  // Most of it is really taken; sanitizers take as much again.
  EXPECT_GT(taken, charged / 2);
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  EXPECT_LT(taken, charged + 4_MiB);
#endif
}

}  // namespace
}  // namespace troop::sandbox::wasm
