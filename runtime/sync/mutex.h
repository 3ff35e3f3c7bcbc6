// Mutexes with the shapes of the standard library's, for code that is ported by changing a
// namespace: a Task that waits for one parks, and its carrier goes on with others.
//
// Ownership: a member or a local; destroyed when nobody is inside or waits, as soon as whoever left
// last has returned from unlock(), or has let another one in. Threads: Tasks of any Thread and
// troop, and OS threads of the host; unlocked by who locked it. Who waits longest goes first, but
// for who comes while it has not looked, as in a Monitor (runtime/sharing/monitor.h): so nobody
// waits for ever. Limits: a recursive one is locked 2^32 - 1 times. Fails: lock() throws Error
// (failed, deadlock) where the caller has it already, and where waiting has closed a circle and its
// Process lets locks throw (runtime/deadlock/); in a coroutine that would have to wait, Error
// (failed). Cancellation: lock() is no wait that is interrupted, as destructors and noexcept
// functions lock mutexes, too: whoever has one is cancelled at its own waits, and lets go of it.
// Those with a time in their name are interrupted, as every wait is (runtime/event.h), and say
// false where no wait may throw, and without an end also where waiting has closed a circle. Misuse:
// unlocked by who has not locked it, which ends the program.
//
//   troop::sync::mutex mutex;
//   std::unique_lock lock(mutex);
#pragma once

#include <chrono>
#include <cstdint>

#include "runtime/sharing/entrance.h"
#include "runtime/sync/waiting.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

// NOLINTBEGIN(readability-identifier-naming): the standard's names

class mutex {
 public:
  constexpr mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock() { entrance_.enter(what); }
  bool try_lock() noexcept { return entrance_.tryEnter(Entrance::ownerOf(Waiter::ofCaller())); }
  void unlock() noexcept { entrance_.leave(Entrance::ownerOf(Waiter::ofCaller())); }

 protected:
  static constexpr const char* what = "a mutex";
  bool lockBy(Time deadline) { return entrance_.enterBy(deadline, what).succeeded(); }

 private:
  Entrance entrance_;
};

class recursive_mutex {
 public:
  constexpr recursive_mutex() = default;
  recursive_mutex(const recursive_mutex&) = delete;
  recursive_mutex& operator=(const recursive_mutex&) = delete;

  void lock() {
    if (lockAgain()) return;
    entrance_.enter(what);
    depth_ = 1;
  }
  bool try_lock() noexcept {
    if (lockAgain()) return true;
    if (!entrance_.tryEnter(Entrance::ownerOf(Waiter::ofCaller()))) return false;
    depth_ = 1;
    return true;
  }
  void unlock() noexcept {
    if (--depth_ == 0) entrance_.leave(Entrance::ownerOf(Waiter::ofCaller()));
  }

 protected:
  static constexpr const char* what = "a recursive mutex";
  bool lockBy(Time deadline) {
    if (lockAgain()) return true;
    if (entrance_.enterBy(deadline, what).failed()) return false;
    depth_ = 1;
    return true;
  }

 private:
  bool lockAgain() noexcept {
    if (!entrance_.isInside(Entrance::ownerOf(Waiter::ofCaller()))) return false;
    ++depth_;
    return true;
  }

  Entrance entrance_;
  std::uint32_t depth_ = 0;  // of who is inside
};

// One that is waited for up to a time as well.
template <typename Mutex>
class timed : public Mutex {
 public:
  template <typename Rep, typename Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return this->lockBy(after(durationOf(duration)));
  }
  template <typename Clock, typename Length>
  bool try_lock_until(const std::chrono::time_point<Clock, Length>& when) {
    return this->lockBy(timeOf(when));
  }
};

using timed_mutex = timed<mutex>;
using recursive_timed_mutex = timed<recursive_mutex>;

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop
