// Deadlocks: circles of Tasks and OS threads each of which waits for what only the next one can
// give, found while everything else goes on.
//
// What is looked at are the waits of known-wait.h of one Process, and of OS threads of the host,
// and Tasks that wait for a Scope in which somebody waits. All are looked at three times, without
// stopping anybody. What the second look sees counts where each of its waits was there before and
// is there afterwards, as the very same wait: so all of them waited all the time in between, and
// since none of them goes on, nobody lets go of what it has. What is found is true, therefore. What
// is not seen is not found: a wait for an Event, a Future, a condition or a semaphore, which
// whoever has an address may end, or for a channel, but where all who could end it have said that
// they are the only ones (used-here-only.h), coroutines that wait, who has a mutex to read, and
// circles through several Processes.
//
// Ownership: none. Threads: any, also OS threads of the host. Limits: memory for a look, which is
// some hundred bytes a wait; tasksToldMax of a circle are told. Fails: throws std::bad_alloc.
//
//   for (const deadlock::Found& found : deadlock::search(process, deadlock::Then::reportIt))
//     print(found.report);
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;
class Thread;

namespace deadlock {

inline constexpr std::size_t tasksToldMax = 16;

enum class Then : unsigned char {
  reportIt,
  // The call that closed the circle fails with Error (failed, deadlock), or that before it where
  // that one cannot be told. Its reason names who is of the same troop; an OS thread is the host's.
  breakIt,
};

struct Found {
  // For the host: a line for each that waits, for what and since when, and what stands on its stack
  // where the program has who reads that.
  std::string report;
  std::size_t waiters = 0;  // how many wait for each other
  bool broken = false;      // whether somebody's wait was ended for it
};

// One for each circle that shares nothing with another one; those that cannot be broken are told
// once by breakIt, each time by reportIt.
std::vector<Found> search(Process& process, Then then);

// A Task that waits.
struct WaitingTask {
  Ref<Thread> thread;
  unsigned task = 0;
};

// Says what stands on the stacks of `tasks`, a text of whole lines for each.
using DescribeStacks = std::vector<std::string> (*)(const std::vector<WaitingTask>& tasks);

// From here on reports have what `describe` says; by runtime/inspect/deadlock-stacks.h.
void describeStacksBy(DescribeStacks describe) noexcept;

}  // namespace deadlock
}  // namespace troop
