// Deadlocks: circles of Tasks and OS threads each of which waits for what only the next one can
// give, found while everything else goes on.
//
// What is looked at are the waits of known-wait.h, and Tasks that wait for a Scope in which
// somebody waits. All are looked at three times, without stopping anybody. A circle that the second
// look sees is one where each of its waits was there before and is there afterwards, as the very
// same wait: so all of them waited all the time in between, and since none of them goes on, nobody
// lets go of what it has. What is found is true, therefore. What is not seen is not found: a wait
// for a channel, an Event, a Future, a condition or a semaphore, which whoever has an address may
// end, coroutines that wait, and who has a mutex to read.
//
// Ownership: none. Threads: any, also OS threads of the host. Limits: memory for a look, which is
// some hundred bytes a wait. Fails: throws std::bad_alloc.
//
//   for (const deadlock::Found& found : deadlock::search(deadlock::Then::reportIt))
//     print(found.report);
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace [[gnu::visibility("hidden")]] troop {
namespace deadlock {

enum class Then : unsigned char {
  reportIt,
  // The call that closed the circle fails with Error (failed, deadlock), or that before it where
  // that one must not throw.
  breakIt,
};

struct Found {
  std::string report;       // a line for each that waits: for what, since when, who has it
  std::size_t waiters = 0;  // how many wait for each other
  bool broken = false;      // whether somebody's wait was ended for it
};

// One for each circle that shares nothing with another one; those that cannot be broken are told
// once by breakIt, each time by reportIt.
std::vector<Found> search(Then then);

}  // namespace deadlock
}  // namespace troop
