// How a wait ended.
//
// Ownership: a value. Threads: any. Limits and failures: none; which of these a wait gives, and
// which it throws, its own function says. Misuse: to go on as if all was well on `cancelled`.
//
//   if (event.wait(after(1s)) == WaitResult::timedOut) return retry();
#pragma once

namespace [[gnu::visibility("hidden")]] troop {

enum class WaitResult : unsigned char {
  signalled,  // what was waited for happened
  timedOut,   // the deadline passed first
  cancelled,  // the Task was cancelled; only where a wait does not throw instead
};

}  // namespace troop
