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
  // May come to a balance at its limit, where each promise that fails makes room for another.
  Limits balanced = withTimeFor(8_MiB);
  balanced.cpu = 500ms;
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
      {"tests/attack/promise-flood.js", "killed: ", balanced},
      {"tests/attack/proxy-traps.js",
       "idle",
       withTimeFor(32_MiB),
       {"get refused: RangeError", "has refused: RangeError", "prototype refused: RangeError",
        "keys refused: RangeError", "get of the chain refused: RangeError",
        "keys of the chain refused: RangeError", "clone of the chain refused: RangeError"}},
      {"tests/attack/revoked-capability.js",
       "refused: capability 'renderer' was revoked",
       withTimeFor(16_MiB),
       {"1000 calls refused"},
       3},
      {"tests/attack/string-doubling.js", "killed: ", withTimeFor(8_MiB)},
  };
}

std::vector<Attacker> calls() {
  return {
      {"tests/attack/calls/answer-twice.wasm",
       "served",
       limits(),
       {"1005 answers refused, all but one"}},
      {"tests/attack/calls/answer-while-allocating.wasm", "killed: memory", limits()},
      {"tests/attack/calls/call-flood.wasm",
       "idle",
       limits(),
       {"64 calls at once, the next one refused", "300 calls in all"}},
      {"tests/attack/calls/call-oneself.wasm",
       "served",
       limits(),
       {"1000 calls of its own answered"}},
      {"tests/attack/calls/cancel-storm.wasm", "served", limits(), {"10000 calls given up"}},
      {"tests/attack/calls/capability-flood.wasm",
       "idle",
       limits(),
       {"255 objects served", "99744 objects refused"}},
      {"tests/attack/calls/log-flood.wasm",
       "served",
       limits(),
       {"lines were dropped: more than 65536 bytes a second"}},
      {"tests/attack/calls/never-answers.wasm",
       "idle",
       limits(),
       {"64 calls of its own to wait for, the next one refused",
        "wall time of a call 500 ms reached by 'neverAnswers'"}},
      {"tests/attack/calls/never-starts.js",
       "idle",
       limits(),
       {"waits for what nobody promised", "wall time of a call 500 ms reached by 'neverStarts'"}},
      {"tests/attack/calls/numbers-used-again.wasm",
       "idle",
       withCalls(1024),
       {"128 numbers later the first again", "a result"}},
      {"tests/attack/calls/pipeline-chain.wasm",
       "served",
       limits(64_MiB),
       {"5000 calls, each on what the one before will give"}},
      {"tests/attack/calls/pipeline-flood.wasm", "killed: CPU time", limits()},
      {"tests/attack/calls/promise-chain.wasm", "served", limits(), {"10000 promises in a chain"}},
      {"tests/attack/calls/promise-of-itself.wasm",
       "served",
       limits(),
       {"the promise was resolved to itself"}},
      {"tests/attack/calls/queue-hog.wasm",
       "idle",
       limits(),
       {"64 calls taken, the next one refused"}},
      {"tests/attack/calls/re-entrant-call.wasm",
       "served",
       limits(),
       {"63 calls one inside the other, the next one refused"}},
  };
}

std::vector<Attacker> authority() {
  return {
      {"tests/attack/authority/ambient-authority.js",
       "idle",
       limits(),
       {"none of 9 modules, none of 18 names"}},
      {"tests/attack/authority/import-outside.js", "not compiled: import-outside.js", limits()},
      {"tests/attack/authority/prototype-pollution.js",
       "idle",
       limits(),
       {"things stolen, none of them of use"}},
      {"tests/attack/authority/answer-with-forged-capability.wasm",
       "idle",
       limits(),
       {"gave a malformed answer: the message has a capability that is not held: 2130706723"}},
      {"tests/attack/authority/finish-not-asked.wasm",
       "failed: bad host call finish: there is no question 12345 to finish", limits()},
      {"tests/attack/authority/forged-capability.wasm",
       "idle",
       limits(),
       {"16384 capabilities guessed", "the capability 1 is not held",
        "the message has a capability that is not held: 1",
        "34 of the calls that were watched refused"}},
      {"tests/attack/authority/release-not-held.wasm",
       "failed: bad host call release: the capability ", limits()},
      {"tests/attack/authority/source-reader.wasm",
       "idle",
       limits(),
       {"4096 bytes that nobody wrote to"}},
  };
}

std::vector<Attacker> messages() {
  Limits large = limits(128_MiB);
  large.messageBytes = 16_MiB;
  return {
      {"tests/attack/messages/amplification.wasm",
       "idle",
       withTimeFor(64_MiB),
       {"text at pointer 0: Message contains list pointer of non-bytes",
        "Exceeded message traversal limit"}},
      {"tests/attack/messages/capabilities-outside-memory.wasm",
       "failed: bad host call call: the list of capabilities lies outside memory", limits()},
      {"tests/attack/messages/deep-struct.wasm",
       "idle",
       limits(),
       {"struct at pointer 0: Message is too deeply-nested or contains cycles"}},
      {"tests/attack/messages/getter-bomb.js",
       "idle",
       limits(),
       {"throws - boom", "is another thing each time - expected a text, got object",
        "grows - malformed message", "lies about its length - out of memory",
        "is longer than it says - invalid array length", "is taken away - ArrayBuffer is detached",
        "inner: deeper than 64 pointers", "Error: boom (getter-bomb.js",
        "text of a list at index 0"}},
      {"tests/attack/messages/huge-answer.wasm",
       "served",
       large,
       {"67108864 bytes are over the limit of 16777216 bytes",
        "67108864 bytes of an answer refused"}},
      {"tests/attack/messages/huge-list.wasm",
       "idle",
       limits(),
       {"Message contained out-of-bounds text pointer",
        "list at pointer 0: Exceeded message traversal limit",
        "list at pointer 0: Message contains out-of-bounds list pointer"}},
      {"tests/attack/messages/looping-getter.js", "killed: CPU time", limits()},
      {"tests/attack/messages/many-segments.wasm",
       "idle",
       limits(),
       {"4294967296 segments are over the limit of 64",
        "100000 segments are over the limit of 64"}},
      {"tests/attack/messages/message-outside-memory.wasm",
       "failed: bad host call call: the message lies outside memory", limits()},
      {"tests/attack/messages/path-outside-memory.wasm",
       "failed: bad host call pipeline: the path lies outside memory", limits()},
      {"tests/attack/messages/pointer-loop.wasm",
       "idle",
       limits(),
       {"list of a list at index 0: Message is too deeply-nested or contains cycles",
        "struct at pointer 0: Message is too deeply-nested or contains cycles"}},
      {"tests/attack/messages/pointers-outside.wasm",
       "idle",
       limits(),
       {"Message contained out-of-bounds text pointer",
        "Message contained out-of-bounds struct pointer",
        "its segments claim 8008 bytes, there are 32",
        "list at pointer 0: Message contains out-of-bounds list pointer"}},
      {"tests/attack/messages/wide-tree.wasm",
       "idle",
       limits(),
       {"text at pointer 0: Message contains non-list pointer",
        "struct at pointer 1: Exceeded message traversal limit"}},
  };
}

std::vector<Attacker> modules() {
  Limits tight = limits(1_MiB);
  return {
      {"tests/attack/modules/alloc-grows.wasm",
       "idle",
       limits(),
       {"50 blocks in memory that was not there", "a result"}},
      {"tests/attack/modules/alloc-is-serve.wat", "failed: troop_alloc gave a block", limits()},
      {"tests/attack/modules/alloc-never-returns.wat", "killed: CPU time", limits()},
      {"tests/attack/modules/alloc-outside.wat", "failed: troop_alloc gave a block", limits()},
      {"tests/attack/modules/alloc-overlapping.wasm",
       "idle",
       limits(),
       {"100 right answers to what was written over"}},
      {"tests/attack/modules/alloc-unaligned.wat", "failed: troop_alloc gave a block", limits()},
      {"tests/attack/modules/bulk-fill.wat", "killed: CPU time", limits(1100_MiB)},
      {"tests/attack/modules/endless-descent.wat", "killed: stack", limits()},
      {"tests/attack/modules/huge-memory.wat",
       "not started: huge-memory.wat: needs 4 GiB of memory", limits()},
      {"tests/attack/modules/many-functions.wasm", "idle", limits(), {"50000 functions called"}},
      {"tests/attack/modules/memory-growth.wat", "killed: memory", limits()},
      {"tests/attack/modules/no-memory-for-anything.wat", "killed: memory", limits()},
      {"tests/attack/modules/start-loop.wat", "killed: CPU time at start", limits()},
      {"tests/attack/modules/start-on-credit.wat", "idle", tight, {"all 100000 refused"}},
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

std::vector<Attacker> plugins() {
  return {
      {"tests/attack/plugins/endless-coroutine.wasm", "killed: CPU time", limits()},
      {"tests/attack/plugins/endless-new.wasm", "killed: memory", limits()},
      {"tests/attack/plugins/endless-rebirth.wasm", "killed: CPU time", limits()},
      {"tests/attack/plugins/heap-smasher.wasm", "failed: ", limits(), {"smashes its heap"}},
      {"tests/attack/plugins/last-byte.wasm", "killed: memory", limits(), {"all memory taken"}},
      {"tests/attack/plugins/promise-hoard.wasm", "idle", limits(), {"9936 calls refused at once"}},
      {"tests/attack/plugins/promises-dropped.wasm", "idle", limits(), {"20 right answers beside"}},
      {"tests/attack/plugins/resumption-chain.wasm",
       "idle",
       limits(16_MiB),
       {"20000 coroutines went on", "and as many were destroyed"}},
      {"tests/attack/plugins/shadow-stack.wasm", "killed: stack", limits(), {"30 levels down"}},
      {"tests/attack/plugins/static-loop.wasm", "killed: CPU time at start", limits()},
  };
}

std::vector<Attacker> texts() {
  return {
      {"tests/attack/texts/abort-in-colour.wasm", "failed:  [2J ]0;owned   markdown: served",
       limits()},
      {"tests/attack/texts/fail-in-colour.wasm", "idle", limits(), {" [2J  [2J"}},
      {"tests/attack/texts/import-in-colour.wat",
       "not compiled: import-in-colour.wat: imports troop. [2J [31mcall markdown: served ,",
       limits()},
      {"tests/attack/texts/log-in-colour.wasm", "idle", limits(), {" [2J [31mred ]0;owned"}},
      {"tests/attack/texts/trap-in-colour.wat", "failed: ", limits()},
      {"tests/attack/texts/unknown-level.wasm",
       "failed: bad host call log: level 99 does not exist", limits()},
  };
}

}  // namespace

bool Attacker::isAlive() const {
  const std::string_view expected = verdict;
  return expected == "idle" || expected == "served" || expected.starts_with("refused");
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
    for (const auto& part :
         {scripts(), calls(), authority(), messages(), modules(), plugins(), texts()}) {
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
