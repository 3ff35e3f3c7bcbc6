// Waits until something can be read from a descriptor or written to it, whatever the descriptor is
// of: one OS thread asks the kernel for all of the program's pthreads.
//
// Threads: of those that run in Tasks. Fails: what cannot be asked about counts as ready, so that
// the caller's own call tells why. Limits: that it was ready, not that it still is; who closes a
// descriptor while others wait for it wakes none of them, as with poll().
//
//   pollfd wanted{descriptor, POLLIN, 0};
//   if (awaitReady({&wanted, 1}, deadline) == Woken::timedOut) return failed(EAGAIN);
#pragma once

#include <poll.h>

#include <span>

#include "runtime/preload/lot.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

// Until one of them is ready, at the latest at `deadline`; `byOther` or `changed` where one is.
// Interrupts end it; who calls sees to pthread_testcancel().
Woken awaitReady(std::span<const pollfd> wanted, const Deadline& deadline) noexcept;
Woken awaitReady(int descriptor, short events, const Deadline& deadline) noexcept;

// In a child that fork() has made: nobody waits, and what the kernel was told is the parent's.
void forgetReadiness() noexcept;

}  // namespace preload
}  // namespace troop
