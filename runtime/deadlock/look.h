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

#include "runtime/deadlock/ends.h"
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
  std::uint64_t declared = 0;  // RestingThread::Waits
  bool wasReported = false;
  const Thread* thread = nullptr;  // whose Task it is; null for an OS thread
  const Troop* troop = nullptr;    // of that
  const Task* self = nullptr;
  unsigned task = 0;
  const char* what = "";
  const Waiter* holder = nullptr;  // who has what it waits for
  const Thread* joins = nullptr;   // what it waits for
  Ref<Thread> kept;                // of those that are to be described
};

// A channel of which it is known who uses handles of it.
struct SeenChannel {
  Ref<RefCounted> channel;
  const ChannelKind* kind = nullptr;
  ChannelSight sight;
  // Of the Threads that hold one; as often as they do.
  std::vector<const Thread*> senders, receivers;
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

  // Ends that wait for channels, as if cancelled; false where it has ended.
  bool endInChannels(const Sighting& sighting) const;

  // In which `task` is; which it waits for the end of, while its Thread is at rest; null for none.
  static const Scope* scopeAround(const Task& task) noexcept;
  static const Scope* scopeJoinedBy(const Task& task) noexcept;

 private:
  // Where somebody waits: a channel, by its index.
  struct Place {
    std::size_t channel = 0;
    EndSide side = EndSide::sending;
    bool alone = false;
  };
  using Places = std::unordered_map<const Waiter*, std::vector<Place>>;

  void see(KnownWaits& waits);
  void see(const KnownWaitRecord& record);
  // Those that wait for the end of Scopes because `task` waits.
  void climb(const Task* task);
  Sighting& add(const Waiter& waiter, const Task* task, const char* what);
  void seeEnds(Process& process);
  void seePlaces();
  void dropDoubles();
  bool knowsAllPlaces(const Sighting& sighting, const std::vector<Place>& places) const;

  WaitGraph graph(const std::function<bool(const Sighting&)>& counted) const;
  void connectJoins(WaitGraph& graph) const;
  void connectChannels(WaitGraph& graph) const;

  const std::unordered_set<const Waiter*>& described_;
  std::vector<Sighting> sightings_;
  std::unordered_map<const Waiter*, std::size_t> at_;
  std::vector<std::pair<const Waiter*, const Waiter*>> inScopes_;  // who waits for it, who is in it
  std::vector<RestingThread> resting_;
  std::unordered_map<const Waiter*, std::size_t> selectsFrom_;  // how many channels
  std::vector<SeenChannel> channels_;
  Places places_;
};

}  // namespace deadlock
}  // namespace troop
