// The Process in which pthreads of the program run as Tasks; it begins with the first of them, and
// lasts as long as the program.
//
// Threads: any. Fails: where there is no such Process, or it refuses, the caller uses OS threads.
//
//   if (host::available() && host::start(identity)) return 0;
#pragma once

#include "runtime/preload/identity.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {
namespace host {

// Whether pthreads can run in Tasks here: not in a child that fork() has made, nor where the CPU or
// the C library lack what that needs.
bool available() noexcept;

// Has a Task go on where `identity` was left, until it leaves that. False: nothing has begun.
bool start(Identity& identity) noexcept;

// Lets others run; lets them run for a moment. Of the runtime.
void giveWay() noexcept;
void pause() noexcept;

}  // namespace host
}  // namespace preload
}  // namespace troop
