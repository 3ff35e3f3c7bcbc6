#include "tests/attack/attackers.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

namespace troop::tests {

namespace {

using namespace literals;
using sandbox::Limits;

// Small, so that reaching a limit takes a moment.
Limits limits(std::size_t memoryBytes = 8_MiB) {
  return {
      .memoryBytes = memoryBytes, .cpuAtStart = 200ms, .cpuPerCall = 200ms, .wallPerCall = 500ms};
}

Limits withCalls(std::size_t callsMade) {
  Limits many = limits(16_MiB);
  many.callsMade = callsMade;
  return many;
}

Limits withStack(std::size_t stackBytes) {
  Limits deep = limits(16_MiB);
  deep.stackBytes = stackBytes;
  return deep;
}

Limits withTimeFor(std::size_t memoryBytes) {
  Limits patient = limits(memoryBytes);
  patient.cpuAtStart = 60s;
  return patient;
}

std::vector<Attacker> scripts() {
  return {
      {"tests/attack/catch-everything.js", "killed: CPU time", limits()},
      {"tests/attack/deep-json.js", "killed: ", withTimeFor(64_MiB)},
      {"tests/attack/endless-loop.js", "killed: CPU time", limits()},
      {"tests/attack/endless-recursion.js", "killed: stack", withStack(128_KiB)},
      {"tests/attack/endless-regexp.js", "killed: CPU time", limits()},
      {"tests/attack/finalization-registry.js", "killed: memory", limits()},
      {"tests/attack/generator-bomb.js", "killed: ", withTimeFor(8_MiB)},
      {"tests/attack/huge-bigint.js", "killed: CPU time", limits()},
      {"tests/attack/lying-sort.js", "killed: CPU time", limits()},
      {"tests/attack/memory-bomb.js", "killed: memory", limits()},
      {"tests/attack/memory-glutton.js", "killed: CPU time", limits()},
      {"tests/attack/microtasks-without-end.js", "killed: CPU time", limits()},
      {"tests/attack/promise-flood.js", "killed: memory", withTimeFor(8_MiB)},
      {"tests/attack/proxy-traps.js", "idle", withTimeFor(32_MiB)},
      {"tests/attack/string-doubling.js", "killed: ", withTimeFor(8_MiB)},
  };
}

std::vector<Attacker> calls() {
  return {
      {"tests/attack/calls/answer-twice.wasm", "served", limits()},
      {"tests/attack/calls/answer-while-allocating.wasm", "killed: memory", limits()},
      {"tests/attack/calls/call-flood.wasm", "idle", limits()},
      {"tests/attack/calls/call-oneself.wasm", "served", limits()},
      {"tests/attack/calls/cancel-storm.wasm", "served", limits()},
      {"tests/attack/calls/capability-flood.wasm", "idle", limits()},
      {"tests/attack/calls/log-flood.wasm", "served", limits()},
      {"tests/attack/calls/never-answers.wasm", "idle", limits()},
      {"tests/attack/calls/numbers-used-again.wasm", "idle", withCalls(1024)},
      {"tests/attack/calls/pipeline-flood.wasm", "killed: CPU time", limits()},
      {"tests/attack/calls/promise-chain.wasm", "served", limits()},
      {"tests/attack/calls/queue-hog.wasm", "idle", limits()},
      {"tests/attack/calls/re-entrant-call.wasm", "served", limits()},
  };
}

std::vector<Attacker> authority() {
  return {
      {"tests/attack/authority/ambient-authority.js", "idle", limits()},
      {"tests/attack/authority/import-outside.js", "not compiled: import-outside.js", limits()},
      {"tests/attack/authority/prototype-pollution.js", "idle", limits()},
      {"tests/attack/authority/answer-with-forged-capability.wasm", "idle", limits()},
      {"tests/attack/authority/finish-not-asked.wasm",
       "failed: bad host call finish: there is no question 12345 to finish", limits()},
      {"tests/attack/authority/forged-capability.wasm", "idle", limits()},
      {"tests/attack/authority/release-not-held.wasm",
       "failed: bad host call release: the capability ", limits()},
      {"tests/attack/authority/source-reader.wasm", "idle", limits()},
  };
}

std::vector<Attacker> messages() {
  Limits large = limits(128_MiB);
  large.messageBytes = 16_MiB;
  return {
      {"tests/attack/messages/amplification.wasm", "idle", withTimeFor(64_MiB)},
      {"tests/attack/messages/capabilities-outside-memory.wasm",
       "failed: bad host call call: the list of capabilities lies outside memory", limits()},
      {"tests/attack/messages/deep-struct.wasm", "idle", limits()},
      {"tests/attack/messages/huge-answer.wasm", "served", large},
      {"tests/attack/messages/huge-list.wasm", "idle", limits()},
      {"tests/attack/messages/many-segments.wasm", "idle", limits()},
      {"tests/attack/messages/message-outside-memory.wasm",
       "failed: bad host call call: the message lies outside memory", limits()},
      {"tests/attack/messages/pointer-loop.wasm", "idle", limits()},
      {"tests/attack/messages/pointers-outside.wasm", "idle", limits()},
      {"tests/attack/messages/wide-tree.wasm", "idle", limits()},
  };
}

std::vector<Attacker> modules() {
  Limits tight = limits(1_MiB);
  return {
      {"tests/attack/modules/alloc-is-serve.wat", "failed: troop_alloc gave a block", limits()},
      {"tests/attack/modules/alloc-never-returns.wat", "killed: CPU time", limits()},
      {"tests/attack/modules/alloc-outside.wat", "failed: troop_alloc gave a block", limits()},
      {"tests/attack/modules/alloc-unaligned.wat", "failed: troop_alloc gave a block", limits()},
      {"tests/attack/modules/bulk-fill.wat", "killed: CPU time", limits(1100_MiB)},
      {"tests/attack/modules/endless-descent.wat", "killed: stack", limits()},
      {"tests/attack/modules/huge-memory.wat",
       "not started: huge-memory.wat: needs 4 GiB of memory", limits()},
      {"tests/attack/modules/many-functions.wasm", "idle", limits()},
      {"tests/attack/modules/memory-growth.wat", "killed: memory", limits()},
      {"tests/attack/modules/no-memory-for-anything.wat", "killed: memory", limits()},
      {"tests/attack/modules/start-loop.wat", "killed: CPU time at start", limits()},
      {"tests/attack/modules/start-on-credit.wat", "killed: memory 1 MiB", tight},
      {"tests/attack/modules/table-growth.wat", "killed: CPU time", limits()},
      {"tests/attack/modules/truncated.wasm", "not compiled: truncated.wasm: ", limits()},
      {"tests/attack/modules/unknown-import.wat",
       "not compiled: unknown-import.wat: imports wasi_snapshot_preview1.fd_write, which",
       limits()},
      {"tests/attack/modules/wrong-import-type.wat",
       "not compiled: wrong-import-type.wat: imports troop.release with another type", limits()},
      {"tests/attack/modules/wrong-version.wat",
       "not compiled: wrong-version.wat: is made for the troop ABI 2", limits()},
  };
}

std::vector<Attacker> texts() {
  return {
      {"tests/attack/texts/abort-in-colour.wasm", "failed:  [2J ]0;owned   markdown: served",
       limits()},
      {"tests/attack/texts/fail-in-colour.wasm", "idle", limits()},
      {"tests/attack/texts/import-in-colour.wat",
       "not compiled: import-in-colour.wat: imports troop. [2J [31mcall markdown: served ,",
       limits()},
      {"tests/attack/texts/log-in-colour.wasm", "idle", limits()},
      {"tests/attack/texts/trap-in-colour.wat", "failed: ", limits()},
      {"tests/attack/texts/unknown-level.wasm",
       "failed: bad host call log: level 99 does not exist", limits()},
  };
}

}  // namespace

bool Attacker::isAlive() const {
  const std::string_view expected = verdict;
  return expected == "idle" || expected == "served";
}

std::string Attacker::name() const {
  std::string name;
  bool upper = false;
  for (const char c : std::filesystem::path(file).stem().string()) {
    if (c == '-') {
      upper = true;
    } else {
      name += upper ? static_cast<char>(std::toupper(c)) : c;
      upper = false;
    }
  }
  return name;
}

const std::vector<Attacker>& attackers() {
  static const std::vector<Attacker> all = [] {
    std::vector<Attacker> list;
    for (const auto& part : {scripts(), calls(), authority(), messages(), modules(), texts()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    // Those that end otherwise come to their end on a slow machine as well.
    for (Attacker& attacker : list) {
      if (std::string_view(attacker.verdict).starts_with("killed: CPU time")) continue;
      attacker.limits.cpuAtStart = std::max<Duration>(attacker.limits.cpuAtStart, 20s);
      attacker.limits.cpuPerCall = 20s;
    }
    return list;
  }();
  return all;
}

}  // namespace troop::tests
