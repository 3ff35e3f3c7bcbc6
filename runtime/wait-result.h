// How a wait ended.
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
