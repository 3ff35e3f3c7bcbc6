// What a Task may ask of the runtime: to give way, to sleep, to learn its deadline.
//
// Threads: yield() and the sleeps work in Tasks, which park, and in OS threads, which block. Fails:
// they are points at which a cancelled Task gets Cancelled, and one whose inherited deadline has
// passed gets Error (overloaded, deadline), unless an exception unwinds or the caller has a
// MustNotThrow. Limits: yield() is a turn behind those that are ready, not a pause; a sleep ends at
// the time or later, never before. Misuse: a loop that waits for nothing and never asks
// throwIfCancelled(), which no cancellation reaches; asking inTask() to do something else in Tasks
// than in tests. Ownership: what is made here stands on the stack of who uses it.
//
//   for (const Page& page : pages) {
//     render(page);
//     yield();                       // others run, too
//   }
#pragma once

#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {

class Task;
class Thread;

// For destructors and noexcept functions that wait: while it exists, no wait of the calling Task
// throws because the Task was cancelled or a deadline that it inherited has passed; each says so by
// its result and returns at once. A Scope that is left drops what its work threw: joinNoThrow()
// tells. An exception that left such a function would end the program, and no wait can see from
// within that one is around it; only while an exception unwinds is all this so by itself. What has
// to give a value and has none, as await() and all(), throws Error (failed, cancelled) even so.
//
//   ~Connection() {
//     const MustNotThrow here;
//     (void)out.send(Goodbye{}, after(1s));
//   }
//
// Made and destroyed by the same Task; does nothing outside of Tasks. Misuse: in a coroutine over a
// co_await.
class MustNotThrow {
 public:
  MustNotThrow() noexcept;
  ~MustNotThrow();
  MustNotThrow(const MustNotThrow&) = delete;
  MustNotThrow& operator=(const MustNotThrow&) = delete;

 private:
  Task* const task_;  // null outside of Tasks
  const bool before_;
};

// Lets other Tasks and Threads run that are ready.
void yield();

void sleepUntil(Time when);
void sleep(Duration duration);

// Without exceptions: signalled when it is time, timedOut when the inherited deadline has passed
// before, cancelled where the Task was cancelled.
WaitResult sleepNoThrow(Duration duration) noexcept;

// Whether the caller is a Task.
bool inTask() noexcept;

// When the scopes that the calling Task is in have to be done; `never` without one, and outside of
// Tasks.
Time deadline() noexcept;

// For long computations between waits.
void throwIfCancelled();

// While it exists, the stacks of the calling Thread stay as they are however long it waits: others,
// such as an OS thread that works for it or the kernel, touch what is on them. Needed in Threads
// that were started with Parked::compacted; Scopes with Threads in them do it by themselves. Made
// and destroyed by the same Thread, in Tasks or outside. Throws Error (failed) in Threads with
// Parked::sharesStack.
class StackLent {
 public:
  StackLent();
  ~StackLent();
  StackLent(const StackLent&) = delete;
  StackLent& operator=(const StackLent&) = delete;

 private:
  Thread* const thread_;  // null outside of Tasks
};

}  // namespace troop
