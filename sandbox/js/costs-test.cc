// What it costs guests that they can be interrupted anywhere, and that callers lend. Nothing that
// is timed is asserted: it is shown. With TROOP_LONG=1 there is enough of it for figures.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "proxy/builder.h"
#include "sandbox/host.h"
#include "sandbox/js/javascript-engine.h"
#include "sandbox/js/testing/plugin-folder.h"
#include "sandbox/js/testing/script-guest.h"
#include "sandbox/testing/host-fixture.h"
#include "sandbox/wasm/compile-cache.h"
#include "sandbox/wasm/compile-worker.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::js::testing {
namespace {

using sandbox::testing::answerEmpty;
using sandbox::testing::ask;
using sandbox::testing::echoBody;
using sandbox::testing::number;
using sandbox::testing::patience;
using sandbox::testing::WatGuest;

bool isLong() {
  const char* asked = std::getenv("TROOP_LONG");
  return asked != nullptr && std::string_view(asked) == "1";
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double microseconds(Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

// What a call has a guest compute, and in how much CPU time.
struct Computed {
  std::string result;
  Duration cpu;
};

// Until what it did for its last call is charged, which is after the answer.
Duration cpuAtRest(const Guest& guest) {
  Duration last = guest.usage().cpu;
  for (;;) {
    std::this_thread::sleep_for(2ms);
    const Duration now = guest.usage().cpu;
    if (now == last) return now;
    last = now;
  }
}

class Checkpoints : public ::testing::Test {
 protected:
  // Code that was compiled as it is, where a host looks for it.
  static Host::Options withoutCheckpoints(const std::filesystem::path& directory,
                                          std::span<const std::byte> code) {
    const wasm::Engine engine({.guestsMax = 1});
    wasm::CompileCache cache(directory);
    cache.store(engine, wasm::digestOf(code), wasm::compileInWorker(code));
    return {.carriers = 1, .cacheDirectory = directory, .guestsMax = 4};
  }

  // Has the same computed by turns, and shows the medians.
  void compare(const char* what, std::span<const std::byte> code, const std::filesystem::path& file,
               const std::function<Computed(const Guest&)>& compute) {
    Host without(withoutCheckpoints(folder.path() / "without", code));
    Host with({.carriers = 1, .cacheDirectory = folder.path() / "with", .guestsMax = 4});
    const Limits limits{.cpu = 1h, .cpuPerCall = 1min};
    const std::array guests{without.spawn(without.compile(file), {.limits = limits}),
                            with.spawn(with.compile(file), {.limits = limits})};
    std::array<std::vector<double>, 2> times;
    std::vector<double> ratios;
    std::string expected = compute(guests[0]).result;
    EXPECT_EQ(compute(guests[1]).result, expected);
    for (int round = 0; round < (isLong() ? 51 : 3); ++round) {
      for (std::size_t i = 0; i < guests.size(); ++i) {
        const Computed computed = compute(guests[i]);
        EXPECT_EQ(computed.result, expected);
        times[i].push_back(microseconds(computed.cpu));
      }
      ratios.push_back(times[1].back() / times[0].back());
    }
    std::printf("%-24s without checkpoints %9.0f us, with %9.0f us, ratio %.3f\n", what,
                median(times[0]), median(times[1]), median(ratios));
  }

  void compareWat(const char* what, const WatGuest& guest, std::uint64_t argument) {
    const std::string text = wat(guest);
    const std::filesystem::path file = folder.write("guest.wat", text);
    compare(what, wasm::binaryOfText("guest.wat", text), file, [&](const Guest& asked) {
      const Duration before = cpuAtRest(asked);
      std::string result = std::to_string(number(ask(asked, argument)));
      return Computed{std::move(result), cpuAtRest(asked) - before};
    });
  }

  void compareScript(const char* what, std::string_view body, const std::string& argument) {
    folder.write("text.js", textInterface);
    const std::filesystem::path file =
        folder.write("plugin.js",
                     "import { Text } from './text.js';\nexport default class extends Text.Target "
                     "{ say({ text }) { " +
                         std::string(body) + " } }");
    compare(what, javascriptEngine(), file, [&](const Guest& asked) {
      const Duration before = cpuAtRest(asked);
      proxy::MessageBuilder builder{0, 3};
      builder.root().setText(0, argument);
      const auto answer = asked.capability().call({textInterfaceId, 0}, builder.finish({}).value());
      EXPECT_EQ(answer->wait(after(patience)), WaitResult::signalled);
      std::string result(answer->result().value().root().text(0));
      return Computed{std::move(result), cpuAtRest(asked) - before};
    });
  }

  PluginFolder folder;
};

const std::string argument = "(i64.load (i32.add (local.get $body) (i32.const 16)))";
std::string answering(const std::string& value) {
  return "(i64.store (i32.add (local.get $body) (i32.const 16)) " + value + ")" +
         std::string(echoBody);
}

// Little but calls, each of which is followed by a checkpoint.
TEST_F(Checkpoints, ofCodeThatCalls) {
  compareWat("fibonacci", {.onCall = answering("(call $fib " + argument + ")"), .more = R"(
    (func $fib (param i64) (result i64)
      (if (result i64) (i64.lt_u (local.get 0) (i64.const 2))
        (then (local.get 0))
        (else (i64.add (call $fib (i64.sub (local.get 0) (i64.const 1)))
                       (call $fib (i64.sub (local.get 0) (i64.const 2))))))))"},
             isLong() ? 30 : 20);
}

// Loops, which the engine checks in any case.
TEST_F(Checkpoints, ofCodeThatLoops) {
  compareWat("loops over memory", {.onCall = answering("(call $sum " + argument + ")"), .more = R"(
    (func $sum (param $left i64) (result i64) (local $at i32) (local $all i64)
      (loop $again
        (local.set $at (i32.and (i32.add (local.get $at) (i32.const 24)) (i32.const 0x3ff8)))
        (local.set $all (i64.add (i64.mul (local.get $all) (i64.const 31))
                                 (i64.load offset=1024 (local.get $at))))
        (br_if $again (i64.ne (i64.const 0)
          (local.tee $left (i64.sub (local.get $left) (i64.const 1))))))
      (local.get $all)))"},
             isLong() ? 10'000'000 : 10'000);
}

// Where the engine would copy in one go.
TEST_F(Checkpoints, ofCodeThatCopies) {
  compareWat("copies of 100 bytes",
             {.onCall = answering("(call $copy " + argument + ")"), .more = R"(
    (func $copy (param $left i64) (result i64)
      (loop $again
        (memory.copy (i32.const 2048) (i32.const 1024) (i32.const 100))
        (br_if $again (i64.ne (i64.const 0)
          (local.tee $left (i64.sub (local.get $left) (i64.const 1))))))
      (local.get $left)))"},
             isLong() ? 2'000'000 : 2'000);
}

TEST_F(Checkpoints, ofScriptsThatCall) {
  compareScript("JavaScript, fibonacci",
                "const fib = n => n < 2 ? n : fib(n - 1) + fib(n - 2); return { text: "
                "String(fib(Number(text))) };",
                isLong() ? "24" : "12");
}

TEST_F(Checkpoints, ofScriptsThatHandleText) {
  compareScript(
      "JavaScript, text and maps",
      "const seen = new Map(); for (let i = 0; i < Number(text); ++i) { const key = "
      "'k' + (i * 7919 % 1000); seen.set(key, (seen.get(key) ?? 0) + key.length); } "
      "const rows = JSON.parse(JSON.stringify([...seen])); rows.sort((a, b) => a[0] < b[0] ? -1 : "
      "1); return { text: rows.length + ':' + rows.map(r => "
      "r.join('=')).join().replace(/[0-9]+=/g, "
      "'').length };",
      isLong() ? "20000" : "200");
}

// Lent or not, a call does the same.
class Loans : public sandbox::testing::HostTest {
 protected:
  static WatGuest caller() {
    const std::string call =
        "(drop (call $call (global.get $cap) (i64.const 0x1234) (i32.const 0) (call $empty)"
        " (i32.const 16) (i32.const 0) (i32.const 0)))";
    return {.onStart = "(global.set $cap (i32.load (local.get $caps)))" + call,
            .onResult = "(call $finish (local.get $id))" + call,
            .more = "(global $cap (mut i32) (i32.const 0))"};
  }

  // CPU time of both sides for a call, in microseconds.
  double callFor(Duration time, Duration lent) {
    const Guest server = spawn({.onCall = std::string(answerEmpty)}, {.limits = {.cpu = 1h}});
    Guest asking = spawn(caller(), {.limits = {.cpu = 1h, .cpuLentPerCall = lent},
                                    .grants = {{"server", server.capability()}}});
    std::this_thread::sleep_for(time);
    asking.kill("enough");
    EXPECT_TRUE(asking.waitEnd(after(patience)));
    const Usage used = asking.usage();
    EXPECT_GT(used.callsMade, 0u);
    EXPECT_EQ(server.usage().cpuOnLoans > Duration::zero(), lent > Duration::zero());
    return microseconds(used.cpu + cpuAtRest(server)) / static_cast<double>(used.callsMade);
  }
};

TEST_F(Loans, costEachCall) {
  std::vector<double> with, without, ratios;
  for (int round = 0; round < (isLong() ? 31 : 3); ++round) {
    with.push_back(callFor(isLong() ? 300ms : 20ms, 1s));
    without.push_back(callFor(isLong() ? 300ms : 20ms, 0s));
    ratios.push_back(with.back() / without.back());
  }
  std::printf("%-24s without a loan %.2f us, with %.2f us, ratio %.3f\n", "a call and its answer",
              median(without), median(with), median(ratios));
}

}  // namespace
}  // namespace troop::sandbox::js::testing
