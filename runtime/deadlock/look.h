// One look at all waits of a Process that are known, and who of those can never go on; search.h
// says what is made of them.
//
// What is held under locks is short: plain copies are made of some waits at a time, and everything
// else is worked out from these.
//
// Ownership: a local of the search. Threads: its own; what it saw may have changed since, and no
// address in it is followed again, but those of Threads that it holds. Limits: a wait within more
// than scopesMax Scopes is not followed further out.
//
//   const Look look(process, nothing);
//   for (const Knot& knot : look.knots([&](const Sighting& each) { return stayed(each); })) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/deadlock/known-wait.h"
#include "runtime/deadlock/wait-graph.h"
#include "runtime/ref.h"
#include "runtime/sched/wait-word.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;
class Scope;
class Task;
class Thread;
class Troop;
class Waiter;

namespace deadlock {

// Somebody that waits.
struct Sighting {
  const Waiter* waiter = nullptr;
  WaitTicket ticket = 0;
  std::uint64_t order = 0;  // 0 for one that waits for a Scope's end
  Time since{};
  MayBreak mayBreak = MayBreak::no;
  bool wasReported = false;
  const Thread* thread = nullptr;  // whose Task it is; null for an OS thread
  const Troop* troop = nullptr;    // of that
  unsigned task = 0;
  const char* what = "";
  const Waiter* holder = nullptr;  // who has what it waits for
  const Thread* joins = nullptr;   // what it waits for
  Ref<Thread> kept;                // of those that are to be described
};

// Indices of sightings that wait for each other, each for the next one where it is a circle.
using Knot = std::vector<std::size_t>;

class Look {
 public:
  static constexpr std::size_t scopesMax = 64;

  // Keeps the Threads of `described`.
  Look(Process& process, const std::unordered_set<const Waiter*>& described);

  const std::vector<Sighting>& sightings() const noexcept { return sightings_; }
  // The same wait of the same waiter, or null.
  const Sighting* find(const Sighting& other) const noexcept;

  // No two have anybody in common. Where somebody in one may be told, the last of these is its
  // first. Those that are not `counted` are taken for ones that go on.
  std::vector<Knot> knots(const std::function<bool(const Sighting&)>& counted) const;

 private:
  void see(KnownWaits& waits);
  void see(const KnownWaitRecord& record);
  // Those that wait for the end of Scopes because `task` waits.
  void climb(const Task* task);
  Sighting& add(const Waiter& waiter, const Task* task, const char* what);
  WaitGraph graph(const std::function<bool(const Sighting&)>& counted) const;

  const std::unordered_set<const Waiter*>& described_;
  std::vector<Sighting> sightings_;
  std::unordered_map<const Waiter*, std::size_t> at_;
  std::vector<std::pair<const Waiter*, const Waiter*>> inScopes_;  // who waits for it, who is in it
};

}  // namespace deadlock
}  // namespace troop
