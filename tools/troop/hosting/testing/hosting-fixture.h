// A test of hosting: guests that do one simple thing each, in a folder of the test's own, and a
// manifest of them.
//
//   add("mortal", dying).restart = again(1ms, 2ms);
//   Hosting hosting(manifest_, {.carriers = 1});
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "proxy/answer.h"
#include "proxy/message.h"
#include "tools/troop/hosting/hosting.h"

namespace troop::hosting {

// Longer than anything here can take.
inline constexpr Duration patience = 300s;

// A guest that does `body` with every delivery; its first one is its start.
inline std::string guest(const std::string& body) {
  return R"((module
    (import "troop" "fail" (func $fail (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (func (export "troop_abi_1"))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "troop_deliver") (param $delivery i32) (param $bytes i32) )" +
         body + "))";
}

// Answers nothing, does nothing.
inline const std::string idle = guest("");
// Dies as soon as it starts.
inline const std::string dying = guest("unreachable");
// Dies of the first call to it.
inline const std::string fragile =
    guest("(if (i32.eq (i32.load16_u (local.get $delivery)) (i32.const 2)) (then unreachable))");
// Fails every call to it.
inline const std::string failing = guest(R"(
    (if (i32.eq (i32.load16_u (local.get $delivery)) (i32.const 2))
      (then (drop (call $fail (i32.load offset=4 (local.get $delivery)) (i32.const 0)
                              (i32.const 0) (i32.const 0))))))");

// Dies as soon as it starts, and gives letters at random for a reason.
inline const std::string inventive = R"((module
    (import "troop" "entropy" (func $entropy (result i64)))
    (import "troop" "abort" (func $abort (param i32 i32 i32)))
    (memory (export "memory") 2)
    (func (export "troop_abi_1"))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "troop_deliver") (param $delivery i32) (param $bytes i32)
      (i64.store (i32.const 64)
        (i64.or (i64.and (call $entropy) (i64.const 0x0f0f0f0f0f0f0f0f))
                (i64.const 0x6161616161616161)))
      (call $abort (i32.const 1) (i32.const 64) (i32.const 8)))))";

// Calls what it was granted, and again whenever a call has failed.
inline const std::string calling = R"((module
    (import "troop" "call" (func $call (param i32 i64 i32 i32 i32 i32 i32) (result i32)))
    (import "troop" "finish" (func $finish (param i32)))
    (memory (export "memory") 2)
    (data (i32.const 64) "\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
    (global $handle (mut i32) (i32.const 0))
    (func (export "troop_abi_1"))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "troop_deliver") (param $delivery i32) (param $bytes i32)
      (if (i32.eq (i32.load16_u (local.get $delivery)) (i32.const 1))
        (then (global.set $handle (i32.load offset=32 (local.get $delivery))))
        (else (call $finish (i32.load offset=4 (local.get $delivery)))))
      (drop (call $call (global.get $handle) (i64.const 1) (i32.const 0)
                        (i32.const 64) (i32.const 16) (i32.const 0) (i32.const 0))))))";

class HostingTest : public ::testing::Test {
 protected:
  HostingTest() {
    std::string pattern = ::testing::TempDir() + "hosting-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~HostingTest() override { std::filesystem::remove_all(folder_); }

  manifest::TroopEntry& add(const std::string& name, const std::string& code) {
    const std::filesystem::path file = folder_ / (name + ".wat");
    std::ofstream(file) << code;
    manifest::TroopEntry entry;
    entry.name.value = name;
    entry.code = file;
    manifest_.troops.push_back(entry);
    return manifest_.troops.back();
  }

  static manifest::Restart again(Duration pauseMin, Duration pauseMax) {
    return {manifest::Restart::Policy::onDeath, pauseMin, pauseMax};
  }

  // Waits until the troop has been started so often.
  static Fate fateAtStart(const HostedTroop& troop, std::uint64_t starts) {
    const Time end = after(patience);
    while (troop.fate().starts < starts && now() < end) std::this_thread::sleep_for(1ms);
    return troop.fate();
  }

  static Expected<void> call(const proxy::Capability& capability) {
    const auto answer = capability.call({1, 0}, proxy::Message::empty());
    if (answer->wait(after(patience)) != WaitResult::signalled) ADD_FAILURE() << "no answer";
    if (answer->result().failed()) return answer->result().error();
    return {};
  }

  std::filesystem::path folder_;
  manifest::Manifest manifest_;
};

}  // namespace troop::hosting
