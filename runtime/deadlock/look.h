// One look at all waits that are known, and the circles in it; search.h says what is made of them.
//
// Ownership: a local of the search. Threads: its own; what it saw may have changed since, and no
// address in it is followed again.
//
//   const Look look(nothing);
//   for (const Circle& circle : look.circles()) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/deadlock/known-wait.h"
#include "runtime/sched/wait-word.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Scope;
class Task;
class Thread;
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
  const Thread* thread = nullptr;  // whose Task it is
  const Waiter* holder = nullptr;  // who has what it waits for
  const Thread* joins = nullptr;   // what it waits for
  std::string text;                // "Task 1 of Thread 'a' of troop 'root' waits for a mutex"
};

// Indices of sightings; each waits for the next one, the last for the first.
using Circle = std::vector<std::size_t>;

class Look {
 public:
  // Those of `described` with their texts.
  explicit Look(const std::unordered_set<const Waiter*>& described);

  const std::vector<Sighting>& sightings() const noexcept { return sightings_; }
  // The same wait of the same waiter, or null.
  const Sighting* find(const Sighting& other) const noexcept;

  // No two have anybody in common; where there is one, at least one is given.
  std::vector<Circle> circles() const;

 private:
  using Edges = std::vector<std::vector<std::size_t>>;

  void see(const KnownWaitRecord& record);
  // Those that wait for the end of Scopes because `task` waits.
  void climb(const Task* task, std::size_t child);
  std::size_t add(const Waiter& waiter, const Task* task, const char* what);
  // Who waits for whom; after the sightings stand the Threads that are joined.
  Edges edges() const;

  const std::unordered_set<const Waiter*>& described_;
  std::vector<Sighting> sightings_;
  std::unordered_map<const Waiter*, std::size_t> at_;
  std::vector<std::pair<std::size_t, std::size_t>> inScope_;  // who waits for a Scope, and in it
};

}  // namespace deadlock
}  // namespace troop
