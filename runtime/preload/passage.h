// How a pthread comes from an OS thread into a Task, and goes back to one for its end.
//
// The C library makes a pthread with all that belongs to it: a stack as its attributes say,
// thread-local data, a place in its lists. So it makes one here, too, with an OS thread, which only
// leaves that stack and ends before pthread_create() returns; what is left is gone on with in a
// Task. The end of a pthread is the C library's as well (destructors of thread-local data and of
// keys, whoever joins it, the stack); it ends its OS thread by a system call of its own. So what is
// left of it then gets an OS thread once more, for as long as that takes.
//
//   pthread_create:  OS thread [bear] ends      Task [start(argument)]    OS thread [its end]
//
// Threads: any. Limits: attributes of OS threads, a policy of the kernel's scheduler or an affinity
// mask, get an OS thread.
//
//   return beginPthread(thread, attributes, start, argument);
#pragma once

#include <pthread.h>

#include <cstdint>

#include "runtime/preload/identity.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

using PthreadStart = void* (*)(void* argument);

// As pthread_create().
int beginPthread(pthread_t* thread, const pthread_attr_t* attributes, PthreadStart start,
                 void* argument) noexcept;

// Gives what is left of a pthread to an OS thread: the last that its Task does with it. Waits while
// many are ending.
void depart(Identity& identity) noexcept;

// Whether the caller, main's OS thread, was the last pthread of the program, or another one will be
// and end it.
bool mainIsLast() noexcept;

// In a child that fork() has made: the caller is its only thread, an OS thread.
void becomeOnlyThread() noexcept;

// How many have, of those that the caller's OS process comes from.
std::uint32_t forksThatLedHere() noexcept;

}  // namespace preload
}  // namespace troop
