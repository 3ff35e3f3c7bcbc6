// Timers in the order in which they are due: deadlines of waits, which cost no allocation, and
// functions to call, which cost one.
//
// Threads: any. The deadline of a wait fires under the lock, so that after disarm() nothing of it
// runs any more; a function is called without it. Resolution: carriers look between slices.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "runtime/base/short-lock.h"
#include "runtime/sched/timer-wheel.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Scheduler;

enum class TimerId : std::uint64_t {};

class Timers {
 public:
  explicit Timers(Scheduler& scheduler);
  ~Timers();

  // It is `now`, or was a moment ago.
  void arm(Timer& timer, Time when, Time now) noexcept;

  // Afterwards due() is not running and will not run.
  void disarm(Timer& timer) noexcept;

  // Calls `function` once at `when`, on whoever runs the timers.
  TimerId call(Time when, std::function<void()> function);

  // True: the function will not run. False: it has run or is running.
  bool cancel(TimerId id);

  // Destroys all functions that were not called.
  void dropCalls() noexcept;

  // When the next one is due, or earlier where one was disarmed; `never` if there is none; without
  // the lock.
  Time next() const noexcept { return Time(Duration(next_.load(std::memory_order_seq_cst))); }

  // How many are armed, calls among them.
  std::size_t armed();

  // Fires what is due at `now`, unless another one is at it, who would only be held up; functions
  // that throw end the program.
  void run(Time now) noexcept;

 private:
  class Call;

  // Under the lock; true: who sleeps until a timer must be told, without it.
  bool add(Timer& timer, Time when, Time now) noexcept;
  void remove(Timer& timer) noexcept;
  void publish() noexcept;
  // False: another one fires them.
  bool beginRun() noexcept;
  void endRun() noexcept;

  Scheduler& scheduler_;
  std::atomic<Duration::rep> next_{never.time_since_epoch().count()};
  std::atomic<bool> runs_{false};  // somebody fires, or is about to
  std::atomic<std::uint64_t> ids_{0};

  // Protects all below. Held over due(), which wakes somebody, and while a tick's are sorted.
  ShortLock mutex_;
  TimerWheel wheel_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> calls_;
  std::unique_ptr<Call> dueCall_;  // taken from calls_ by due(), about to be called
};

}  // namespace troop
