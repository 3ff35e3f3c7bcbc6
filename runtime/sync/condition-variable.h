// Condition variables with the shapes of the standard library's: one waits, without a mutex that it
// has, until somebody says that something has changed.
//
// Ownership: a member or a local; destroyed when all who wait have been notified, at once, whether
// these have noticed or not; what they still use is paid for by the troop that makes it. Threads:
// Tasks of any Thread and troop, and OS threads of the host. Who waits longest is notified first; a
// wait may end without reason. Limits: as many wait as there are. Fails: making one throws Error
// (overloaded, memory); waits throw Cancelled in a Task that was cancelled, and Error (overloaded,
// deadline) when a deadline that it inherited passes, and have the mutex then as always; Error
// (failed) in coroutines. Where no wait may throw (runtime/task.h) one without a time goes on until
// it is notified, one with a time ends as if that had come. Misuse: as that of the standard's.
//
//   std::unique_lock lock(mutex);
//   changed.wait(lock, [&] { return !queue.empty(); });
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

#include "runtime/base/short-lock.h"
#include "runtime/budget.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/sync/mutex.h"
#include "runtime/sync/stop-token.h"
#include "runtime/sync/waiting.h"
#include "runtime/task.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

// What who waits and who notifies share. It lives as long as anybody waits: who was notified may
// come to look at it when the condition variable is gone already. Who notifies has touched it for
// the last time when it gives the lock back, which who was notified takes before it goes on.
class ConditionState final : public RefCounted {
 public:
  // How often somebody was notified before.
  using Arrival = std::uint64_t;

  explicit ConditionState(Charge paid) noexcept;

  Arrival arrive() noexcept;
  // Not where somebody was notified since.
  WaitResult await(Arrival arrival, Waiter& waiter, Time deadline);
  void notifyOne() noexcept;
  void notifyAll() noexcept;

 private:
  const Charge charge_;
  ShortLock mutex_;  // protects all below
  std::uint64_t notifications_ = 0;
  WaitList waiting_;
};

// What both kinds are. Who waits takes a ticket, unlocks its mutex, whatever that does, and waits
// unless somebody has been notified since.
class ConditionCore {
 public:
  ConditionCore();

  template <typename Lock>
  WaitResult wait(Lock& lock, Time deadline) {
    return wait(lock, deadline, [] { return false; });
  }
  // Not where `unless` holds once whoever makes it hold and then notifies would be heard.
  template <typename Lock, typename Unless>
  WaitResult wait(Lock& lock, Time deadline, Unless unless) {
    Waiter& waiter = enter();
    const Ref<ConditionState> state = state_;
    WaitResult waited;
    {
      struct Back {
        Lock& lock;
        bool isOut = false;
        ~Back() {
          const MustNotThrow here;  // without the mutex it must not go on
          if (isOut) lock.lock();
        }
      } back{lock};
      const ConditionState::Arrival arrival = state->arrive();
      if (unless()) return WaitResult::signalled;
      lock.unlock();
      back.isOut = true;
      waited = state->await(arrival, waiter, deadline);
    }
    return waiter.conclude(waited, deadline);
  }

  void notifyOne() noexcept { state_->notifyOne(); }
  void notifyAll() noexcept { state_->notifyAll(); }

 private:
  static Waiter& enter();

  const Ref<ConditionState> state_;
};

// NOLINTBEGIN(readability-identifier-naming): the standard's names

using std::cv_status;

class condition_variable {
 public:
  void notify_one() noexcept { core_.notifyOne(); }
  void notify_all() noexcept { core_.notifyAll(); }

  void wait(std::unique_lock<mutex>& lock) { core_.wait(lock, never); }
  template <typename Predicate>
  void wait(std::unique_lock<mutex>& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }

  template <typename Clock, typename Length>
  cv_status wait_until(std::unique_lock<mutex>& lock,
                       const std::chrono::time_point<Clock, Length>& when) {
    return waitBy(lock, timeOf(when));
  }
  template <typename Clock, typename Length, typename Predicate>
  bool wait_until(std::unique_lock<mutex>& lock, const std::chrono::time_point<Clock, Length>& when,
                  Predicate predicate) {
    return waitBy(lock, timeOf(when), std::move(predicate));
  }
  template <typename Rep, typename Period>
  cv_status wait_for(std::unique_lock<mutex>& lock,
                     const std::chrono::duration<Rep, Period>& duration) {
    return waitBy(lock, after(durationOf(duration)));
  }
  template <typename Rep, typename Period, typename Predicate>
  bool wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& duration,
                Predicate predicate) {
    return waitBy(lock, after(durationOf(duration)), std::move(predicate));
  }

 private:
  cv_status waitBy(std::unique_lock<mutex>& lock, Time deadline) {
    const WaitResult waited = core_.wait(lock, deadline);
    return waited == WaitResult::signalled ? cv_status::no_timeout : cv_status::timeout;
  }
  template <typename Predicate>
  bool waitBy(std::unique_lock<mutex>& lock, Time deadline, Predicate predicate) {
    while (!predicate()) {
      if (waitBy(lock, deadline) == cv_status::timeout) return predicate();
    }
    return true;
  }

  ConditionCore core_;
};

// For any lock, and for who waits until it is asked to stop.
class condition_variable_any {
 public:
  void notify_one() noexcept { core_.notifyOne(); }
  void notify_all() noexcept { core_.notifyAll(); }

  template <typename Lock>
  void wait(Lock& lock) {
    core_.wait(lock, never);
  }
  template <typename Lock, typename Predicate>
  void wait(Lock& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }
  template <typename Lock, typename Predicate>
  bool wait(Lock& lock, stop_token token, Predicate predicate) {
    return waitBy(lock, std::move(token), never, std::move(predicate));
  }

  template <typename Lock, typename Clock, typename Length>
  cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Length>& when) {
    return waitBy(lock, timeOf(when));
  }
  template <typename Lock, typename Clock, typename Length, typename Predicate>
  bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Length>& when,
                  Predicate predicate) {
    return waitBy(lock, stop_token(), timeOf(when), std::move(predicate));
  }
  template <typename Lock, typename Clock, typename Length, typename Predicate>
  bool wait_until(Lock& lock, stop_token token, const std::chrono::time_point<Clock, Length>& when,
                  Predicate predicate) {
    return waitBy(lock, std::move(token), timeOf(when), std::move(predicate));
  }
  template <typename Lock, typename Rep, typename Period>
  cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration) {
    return waitBy(lock, after(durationOf(duration)));
  }
  template <typename Lock, typename Rep, typename Period, typename Predicate>
  bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration,
                Predicate predicate) {
    return waitBy(lock, stop_token(), after(durationOf(duration)), std::move(predicate));
  }
  template <typename Lock, typename Rep, typename Period, typename Predicate>
  bool wait_for(Lock& lock, stop_token token, const std::chrono::duration<Rep, Period>& duration,
                Predicate predicate) {
    return waitBy(lock, std::move(token), after(durationOf(duration)), std::move(predicate));
  }

 private:
  template <typename Lock>
  cv_status waitBy(Lock& lock, Time deadline) {
    const WaitResult waited = core_.wait(lock, deadline);
    return waited == WaitResult::signalled ? cv_status::no_timeout : cv_status::timeout;
  }
  template <typename Lock, typename Predicate>
  bool waitBy(Lock& lock, stop_token token, Time deadline, Predicate predicate) {
    // Notifying never waits: whoever asks to stop goes on at once, and so does who stops waiting.
    const stop_callback wakes(token, [this] { notify_all(); });
    while (!token.stop_requested()) {
      if (predicate()) return true;
      const WaitResult waited = core_.wait(lock, deadline, [&] { return token.stop_requested(); });
      if (waited != WaitResult::signalled) break;
    }
    return predicate();
  }

  ConditionCore core_;
};

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop
