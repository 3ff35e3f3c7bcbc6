// An Arena is a host with those whom attackers would like to harm: a victim, whom they may call, a
// neighbour, whom they know nothing of, and a secret, which they were not given.
//
// Ownership: of the test. Threads: one. Errors: whatever an attacker does to the others fails the
// test.
//
//   Arena arena;
//   EXPECT_EQ(arena.judge(attacker).verdict, attacker.verdict);
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "proxy/capability.h"
#include "runtime/thread.h"
#include "sandbox/host.h"
#include "tests/attack/attackers.h"

namespace troop::tests {

// Longer than anything here can take; what is late by that much has been lost.
inline constexpr Duration patience = 120s;

// Whether a terminal shows it as it is, in one line.
bool isPlain(std::string_view text);

// What was heard of an attacker.
class Testimony;

// What became of an attacker, and the lines that were heard of it: of its log, and what became of
// calls of it. A line that was heard before is left out.
struct Judgement {
  std::string verdict;
  std::string heard;

  // Those of `evidence` that do not stand in what was heard, one a line.
  std::string missing(const std::vector<const char*>& evidence) const;
};

class Arena {
 public:
  Arena();
  ~Arena();

  sandbox::Host& host() noexcept { return host_; }
  const proxy::Capability& victim() const noexcept { return victim_; }

  // Victim and neighbour answer, and answer right; nobody has called the secret.
  void expectOthersUnharmed();

  // What becomes of an attacker, while the others are served. One that lives is called as well, and
  // killed when there is all the evidence that it should give. When this returns nothing is left of
  // it.
  Judgement judge(const Attacker& attacker);

  // Starts it; the error where that is refused, in the words of a verdict.
  Expected<sandbox::Guest> start(const Attacker& attacker);
  // Where it lives.
  static void kill(const sandbox::Guest& guest);
  // Of one that was killed or has ended: sees to it that everything is given back.
  static void expectGone(const sandbox::Guest& guest);
  // Both.
  static void end(const sandbox::Guest& guest);

 private:
  Expected<sandbox::Guest> start(const Attacker& attacker,
                                 const std::shared_ptr<Testimony>& testimony);
  void callMainObject(const sandbox::Guest& guest, Testimony& testimony);

  sandbox::Host host_;
  std::atomic<int> callsOpen_{0};      // of the victim
  std::atomic<int> secretCalls_{0};    // that have reached the secret
  std::atomic<int> steeringLines_{0};  // of the log
  Ref<Thread> thread_;
  proxy::Capability victim_;
  sandbox::Guest neighbour_;
};

}  // namespace troop::tests
