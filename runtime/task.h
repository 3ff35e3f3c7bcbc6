// What a Task may ask of the runtime: to give way, to sleep, to learn its deadline.
//
// Threads: yield() and the sleeps work in Tasks, which park, and in OS threads, which block. Fails:
// they are points at which a cancelled Task gets Cancelled, and one whose inherited deadline has
// passed gets Error (overloaded, deadline), unless an exception unwinds.
//
//   for (const Page& page : pages) {
//     render(page);
//     yield();                       // others run, too
//   }
#pragma once

#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace troop {

// Lets other Tasks and Threads run that are ready.
void yield();

void sleepUntil(Time when);
void sleep(Duration duration);

// The same for destructors and noexcept functions: signalled when it is time, timedOut when the
// inherited deadline has passed before, cancelled where the Task was cancelled.
WaitResult sleepNoThrow(Duration duration) noexcept;

// Whether the caller is a Task.
bool inTask() noexcept;

// When the scopes that the calling Task is in have to be done; `never` without one, and outside of
// Tasks.
Time deadline() noexcept;

// For long computations between waits.
void throwIfCancelled();

}  // namespace troop
