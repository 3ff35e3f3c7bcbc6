// An OS thread that looks again and again while there is something to watch, and sleeps otherwise.
// It starts when it is first woken.
//
// Ownership: of who wakes it; ended by stop() before it is destroyed. Threads: wake() from any, as
// stop(), which is called once; `look` is called on its own. Fails: where the kernel starts no OS
// thread, the next wake() tries again.
//
//   Watchdog watchdog([&] { return somethingRuns() ? Duration(10ms) : forever; });
//   watchdog.wake();
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "runtime/machine/carrier-thread.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Watchdog {
 public:
  // When it is to look again; forever: when it is woken. It is asked once more before it sleeps for
  // that, so that who changes what it looks at, then calls wake(), is seen.
  explicit Watchdog(std::function<Duration()> look) : look_(std::move(look)) {}

  void wake() noexcept {
    if (!isAwake_.load()) wakeUp();
  }
  // It looks no more.
  void stop() noexcept;

 private:
  void wakeUp() noexcept;
  void run() noexcept;

  const std::function<Duration()> look_;
  std::atomic<bool> isAwake_{false};  // changed under mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  bool started_ = false;   // protected by mutex_
  bool stopping_ = false;  // as this
  CarrierThread thread_;   // as this
};

}  // namespace troop
