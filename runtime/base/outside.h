// What carriers sleep in once something waits for the world outside of its Process: it comes back
// when there is news of it, and tells those who wait for that.
//
// Ownership: the scheduler, and whoever has a Ref. Threads: any; one sleeps or looks at a time, and
// who comes while another does is told that there was nothing.
//
//   outside->sleep(timers.next(), [&] { awake = true; });      // until wake(), at the latest
#pragma once

#include <functional>

#include "runtime/ref.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Outside : public RefCounted {
 public:
  // Returns after news, at `until` or after wake(), which also counts where it came before this
  // began. Calls beforeNews() where there is news, then tells those who wait.
  virtual void sleep(Time until, const std::function<void()>& beforeNews) noexcept = 0;

  // Tells those who wait what has happened already; false: there was nothing.
  virtual bool look() noexcept = 0;

  // Ends the sleep of who sleeps there, or the next one.
  virtual void wake() noexcept = 0;

  // No carrier looks or sleeps any more: ends all waits, and those that come.
  virtual void end() noexcept = 0;
};

}  // namespace troop
